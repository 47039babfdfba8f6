"""Django's backend for SQLite, with turns that come quickly."""
