"""The command line."""

from __future__ import annotations


def main() -> int:
    """Run the command that the arguments name; returns the exit code."""
    return 0
