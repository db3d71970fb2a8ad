"""What belongs to a whole server and not to a database: what of it is missing is made again."""
