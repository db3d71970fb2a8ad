"""One collector a file: a question, a snapshot, its own timeout and pace."""
