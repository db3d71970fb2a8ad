"""``pgvigil restore run PLAN``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ExitCode, RestoreError
from tui.commands.confirming import confirm
from tui.commands.following import followed
from tui.commands.output import say

if TYPE_CHECKING:
    from core.model.restore import RestorePlan

DESCRIPTION = """\
Do a plan that `pgvigil restore plan --out FILE` saved. It is shown once more, and the name of
the database that it makes, or that it changes, must be typed (or given by --confirm); for --globals
that of the server. It runs in a process of its own, which goes on when the terminal is gone.

Exit code: 0 restored and proven; 1 restored with differences, or cancelled; 2 it failed or was
interrupted; 3 it could not be begun; 64 not confirmed; 78 as everywhere; 130 after Ctrl-C, and
the restore goes on."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="a file of restore plan --out")
    parser.add_argument(
        "--confirm", default="", metavar="NAME", help="that name, in place of typing"
    )
    parser.add_argument("--detach", action="store_true", help="start it and don't wait")
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON document")


def run(arguments: Namespace) -> int:
    """Show it, ask, start it, wait."""
    from core.api.restores import open_restores
    from tui.restore_report import exit_code_of, operation_document, outcome_lines, plan_lines

    agreed = _read(arguments.plan)
    with open_restores(arguments.config, arguments.state_folder) as restores:
        if not arguments.json:
            for line in plan_lines(agreed):
                say(line)
        confirm(arguments, agreed.wish.target_database, purpose="restore", nothing="restored")
        start = partial(restores.start, agreed)
        if arguments.detach:
            job_id = start()
            told = {"restore": job_id, "state": "queued"}
            say(json.dumps(told) if arguments.json else f"Restore {job_id} has begun.")
            return ExitCode.OK
        job = followed(restores.follow, start, "The restore")
        operation = restores.find(job.job_id)
    if arguments.json:
        say(json.dumps(operation_document(operation), indent=2))
    else:
        for line in outcome_lines(operation, job.result):
            say(line)
    return exit_code_of(operation)


def _read(path: Path) -> RestorePlan:
    from core.api.restores import read_plan

    try:
        return read_plan(path.read_bytes())
    except OSError as error:
        raise RestoreError(
            f"The plan {path} can't be read",
            why=error.strerror or str(error),
            remedy="pgvigil restore plan --out FILE writes one",
        ) from error
