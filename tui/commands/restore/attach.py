"""``pgvigil restore attach [RESTORE]``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from tui.commands.following import followed
from tui.commands.output import say

DESCRIPTION = """\
Follow a restore until it is over; whoever started it, and from wherever. Ctrl-C ends the
following, not the restore.

RESTORE is the beginning or the end of an id; without it the newest.

Exit code: as restore run."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("restore", nargs="?", default="last", metavar="RESTORE")
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON document")


def run(arguments: Namespace) -> int:
    """Follow it."""
    from core.api.restores import open_restores
    from tui.restore_report import exit_code_of, operation_document, outcome_lines

    with open_restores(arguments.config, arguments.state_folder) as restores:
        found = restores.find(arguments.restore).operation_id
        job = followed(restores.follow, lambda: found, "The restore")
        operation = restores.find(found)
    if arguments.json:
        say(json.dumps(operation_document(operation), indent=2))
    else:
        for line in outcome_lines(operation, job.result):
            say(line)
    return exit_code_of(operation)
