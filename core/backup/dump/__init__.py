"""Taking a dump of one database with PostgreSQL's own programs."""
