"""The terminal console: what is seen and typed."""
