"""Rules of the agreement, pure: profile, clauses, life, capabilities."""
