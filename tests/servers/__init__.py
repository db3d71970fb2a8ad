"""Real PostgreSQL servers for the tests."""
