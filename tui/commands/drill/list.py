"""``pgvigil drill list [SERVER …]``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

from core.errors import ExitCode
from tui.commands.output import say
from tui.commands.values import count

DESCRIPTION = """\
The drills that this store knows, newest first: what came of each, of which backup, how long the
restore took and how old the newest backup was.

Exit code: 0, also where there is none; 3 the store failed; 78 as everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("servers", nargs="*", metavar="SERVER", help="whose backups; none: all")
    parser.add_argument("--last", type=count, default=20, metavar="COUNT", help="20 unless said")
    parser.add_argument("--json", action="store_true", help="as a JSON document")


def run(arguments: Namespace) -> int:
    """List them."""
    from core.api.drills import open_drills
    from tui.drill_report import drill_document, drill_lines

    with open_drills(arguments.config, arguments.state_folder) as drills:
        listed = drills.newest(arguments.last, arguments.servers)
    if arguments.json:
        say(json.dumps([drill_document(each) for each in listed], indent=2))
        return ExitCode.OK
    now = datetime.now(UTC)
    for each in listed:
        for line in drill_lines(each, now):
            say(line)
    if not listed:
        say("No drill was done yet. pgvigil drill run does one; it touches no watched server.")
    return ExitCode.OK
