"""The Textual app."""

from __future__ import annotations

from core.api.launch import Launch


def run(launch: Launch) -> int:
    """Show the servers of ``launch`` until the person leaves; gives the exit code.

    Theme and bandwidth are those of ``launch.settings.console``.
    """
    raise NotImplementedError
