"""Drills: restores on a scratch server that prove that backups can be restored, and sabotage."""
