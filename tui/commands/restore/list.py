"""``pgvigil restore list [SERVER …]``."""

from __future__ import annotations

from argparse import Namespace

from tui.commands.listing import add_arguments, tell

__all__ = ["DESCRIPTION", "add_arguments", "run"]

DESCRIPTION = """\
The restores that this store knows, newest first: of which backup, where to, by whom, and what
comparing the result with the backup's fingerprint came to.

Exit code: 0, also where there is none; 3 the store failed; 78 as everywhere."""


def run(arguments: Namespace) -> int:
    """List them."""
    from core.api.restores import open_restores
    from tui.restore_report import operation_document, operation_lines

    with open_restores(arguments.config, arguments.state_folder) as restores:
        listed = restores.newest(arguments.last, arguments.servers)
    return tell(
        listed,
        arguments,
        document=operation_document,
        lines=operation_lines,
        none="No restore is known here. pgvigil restore plan shows what one would do.",
    )
