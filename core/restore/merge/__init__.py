"""Chosen tables brought back into the live database: missing ones made, rows of others merged."""
