"""Key-encryption keys: where they come from, what they wrap, and how they are kept for recovery."""
