"""Letting backups expire by the policy, and destroying those whose time of grace is over."""
