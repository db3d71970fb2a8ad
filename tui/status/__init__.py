"""What ``pgvigil status`` says: pure functions from frames to text, JSON and a plugin's line."""
