"""``pgvigil restore list [SERVER …]``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

from core.errors import ExitCode
from tui.commands.output import say
from tui.commands.values import count

DESCRIPTION = """\
The restores that this store knows, newest first: of which backup, where to, by whom, and what
comparing the result with the backup's fingerprint came to.

Exit code: 0, also where there is none; 3 the store failed; 78 as everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("servers", nargs="*", metavar="SERVER", help="whose backups; none: all")
    parser.add_argument("--last", type=count, default=20, metavar="COUNT", help="20 unless said")
    parser.add_argument("--json", action="store_true", help="as a JSON document")


def run(arguments: Namespace) -> int:
    """List them."""
    from core.api.restores import open_restores
    from tui.restore_report import operation_document, operation_lines

    with open_restores(arguments.config, arguments.state_folder) as restores:
        listed = restores.newest(arguments.last, arguments.servers)
    if arguments.json:
        say(json.dumps([operation_document(each) for each in listed], indent=2))
        return ExitCode.OK
    now = datetime.now(UTC)
    for each in listed:
        for line in operation_lines(each, now):
            say(line)
    if not listed:
        say("No restore is known here. pgvigil restore plan shows what one would do.")
    return ExitCode.OK
