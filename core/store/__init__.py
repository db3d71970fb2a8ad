"""The one shared state: SQLite by default, PostgreSQL for many hosts."""
