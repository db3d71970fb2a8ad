"""Faults made on purpose, on private copies only: pgvigil must see each."""
