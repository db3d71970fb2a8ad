"""The server that a restore goes to: looked at, and changed."""
