"""``pgvigil backup list [SERVER …]``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from core.errors import ExitCode
from tui.commands.output import say
from tui.commands.values import count

DESCRIPTION = """\
The backups that the catalog knows, oldest first.

VERIFIED says how far the best copy was proven: sealed (every byte authenticated), structure,
restored. A backup is good from sealed on.

Exit code: 0, also where there is none; 3 the store failed; 64 no such server; 78 as everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("servers", nargs="*", metavar="SERVER", help="names; none: all")
    parser.add_argument("--database", metavar="NAME", help="only those of one database")
    parser.add_argument(
        "--kind", choices=("full", "incremental", "schema", "data"), help="only those of one kind"
    )
    parser.add_argument("--last", type=count, metavar="COUNT", help="only the newest so many")
    parser.add_argument("--json", action="store_true", help="as a JSON document")


def run(arguments: Namespace) -> int:
    """List the backups that are asked for; gives the exit code."""
    from core.api.backups import open_backups
    from tui.backup_report import entry_document, entry_table

    with open_backups(arguments.config, arguments.state_folder) as backups:
        known = backups.entries(arguments.servers)
        entries = [
            each
            for each in known
            if arguments.database in {None, each.database} and arguments.kind in {None, each.kind}
        ]
    if arguments.last is not None:
        entries = entries[max(0, len(entries) - arguments.last) :]
    if arguments.json:
        say(json.dumps([entry_document(each, backups.repositories) for each in entries], indent=2))
    elif entries:
        for line in entry_table(entries, backups.repositories):
            say(line)
    elif known:
        say(f"None of the {len(known)} backups that are known here is such a one.")
    else:
        say("No backup is known here. pgvigil backup run takes one; pgvigil backup import asks the")
        say("repositories for those that others took.")
    return ExitCode.OK
