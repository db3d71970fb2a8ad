"""``pgvigil backup show ID``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from core.errors import ExitCode
from tui.commands.output import say

DESCRIPTION = """\
One backup: what its manifest says, its copies and how far each was verified.

ID may be the beginning or the end of an id, if that is of one backup alone.

Exit code: 0 it is good; 1 no copy of it is; 3 it can't be read; 64 it is not known; 78."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("backup", metavar="ID")
    parser.add_argument("--json", action="store_true", help="as a JSON document")


def run(arguments: Namespace) -> int:
    """Show one backup; the exit code says whether a copy of it is good."""
    from core.api.backups import open_backups
    from tui.backup_report import backup_document, backup_lines

    with open_backups(arguments.config, arguments.state_folder) as backups:
        entry = backups.find(arguments.backup)
        manifest = backups.manifest(entry)
    if arguments.json:
        say(json.dumps(backup_document(entry, manifest, backups.repositories), indent=2))
    else:
        for line in backup_lines(entry, manifest, backups.repositories):
            say(line)
    return ExitCode.OK if entry.is_good else ExitCode.WARNING
