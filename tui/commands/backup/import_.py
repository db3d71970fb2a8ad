"""``pgvigil backup import [REPOSITORY …]``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from core.errors import ExitCode
from tui.commands.output import complain, say
from tui.text import clean

DESCRIPTION = """\
Ask the repositories (none named: all of the config) what they hold, and have the catalog say so.

Nothing is changed there. A REPOSITORY that is named counts from now on as the one of its name,
also where an empty or another one stands in its place: a new disk, say. Copies that are found are
not known to be good until they are verified.

Exit code: 0 done; 1 done, and a backup can't be read or a copy has vanished; 3 a repository
or the store failed; 64, 78 as everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("repositories", nargs="*", metavar="REPOSITORY")
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON document")


def run(arguments: Namespace) -> int:
    """Add to the catalog what only the repositories know; gives the exit code."""
    from core.api.backups import open_backups

    told, is_well = [], True
    with open_backups(arguments.config, arguments.state_folder) as backups:
        for news in backups.bring_in(arguments.repositories):
            is_well = is_well and not news.problems and not news.vanished
            told.append(
                {
                    "repository": news.repository,
                    "added": news.added,
                    "found": news.found,
                    "vanished": news.vanished,
                    "problems": [
                        {"backup_id": backup_id, "why": why} for backup_id, why in news.problems
                    ],
                }
            )
            if arguments.json:
                continue
            say(
                f"{news.repository}: {len(news.added)} backups were not known,"
                f" {len(news.found)} copies are back, {len(news.vanished)} have vanished"
            )
            for backup_id in news.vanished:
                complain(f"  VANISHED  {backup_id}")
            for backup_id, why in news.problems:
                complain(f"  CAN'T BE READ  {backup_id}: {clean(why)}")
    if arguments.json:
        say(json.dumps(told, indent=2))
    return ExitCode.OK if is_well else ExitCode.WARNING
