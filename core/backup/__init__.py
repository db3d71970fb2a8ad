"""Backups: dumped, sealed, committed to repositories, verified, kept as long as the policy says."""
