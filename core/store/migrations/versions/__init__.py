"""One script a revision of the schema; what was released is never edited."""
