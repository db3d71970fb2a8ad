"""``pgvigil backup export ID FOLDER``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from core.errors import ExitCode
from tui.commands.output import say
from tui.text import clean, one_line

DESCRIPTION = """\
Write a backup out as pg_dump wrote it, decrypted, into a new folder: for plain pg_restore.

Every byte is authenticated; what is not good leaves no folder. Whoever can read the folder can
read the database: take it away when it is no longer needed.

Exit code: 0 done; 3 it can't be read or written; 64 no such backup; 78 as everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("backup", metavar="ID", help="an id, or its beginning or end")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that is not there")
    parser.add_argument("--from", dest="source", default="", metavar="REPOSITORY")
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON document")


def run(arguments: Namespace) -> int:
    """Write the backup as a plain archive, and tell how to restore it; gives the exit code."""
    from core.api.backups import open_backups
    from tui.plain_restore import restore_lines

    with open_backups(arguments.config, arguments.state_folder) as backups:
        entry = backups.find(arguments.backup)
        archive = backups.export(entry, arguments.folder.absolute(), arguments.source)
        manifest = backups.manifest(entry)
    if arguments.json:
        told = {
            "backup_id": entry.backup_id,
            "folder": str(arguments.folder.absolute()),
            "archive": str(archive),
        }
        say(json.dumps(told, indent=2))
        return ExitCode.OK
    say(f"Backup {entry.backup_id} of {one_line(entry.database)} is in {clean(str(archive))}.")
    for line in restore_lines(manifest, archive):
        say(line)
    return ExitCode.OK
