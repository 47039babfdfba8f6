"""What the parties did under the agreement: how many entries of which kind, by area, article and year."""
