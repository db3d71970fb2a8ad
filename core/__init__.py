"""What pgvigil knows and does, without a screen."""
