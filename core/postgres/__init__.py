"""One server: how it is reached, what it can do, what it answers."""
