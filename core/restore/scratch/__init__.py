"""A PostgreSQL server of its own for one restore: private, and gone afterwards."""
