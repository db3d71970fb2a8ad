"""Pure: snapshots and history in, findings and health out."""
