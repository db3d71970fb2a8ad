"""``pgvigil drill list [SERVER …]``."""

from __future__ import annotations

from argparse import Namespace

from tui.commands.listing import add_arguments, tell

__all__ = ["DESCRIPTION", "add_arguments", "run"]

DESCRIPTION = """\
The drills that this store knows, newest first: what came of each, of which backup, how long the
restore took and how old the newest backup was.

Exit code: 0, also where there is none; 3 the store failed; 78 as everywhere."""


def run(arguments: Namespace) -> int:
    """List them."""
    from core.api.drills import open_drills
    from tui.drill_report import drill_document, drill_lines

    with open_drills(arguments.config, arguments.state_folder) as drills:
        listed = drills.newest(arguments.last, arguments.servers)
    return tell(
        listed,
        arguments,
        document=drill_document,
        lines=drill_lines,
        none="No drill was done yet. pgvigil drill run does one; it touches no watched server.",
    )
