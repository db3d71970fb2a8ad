"""``pgvigil backup run [SERVER …]``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from functools import partial
from typing import TYPE_CHECKING, Any

from core.errors import ExitCode
from core.model.job import Job, JobState
from tui.commands.following import followed
from tui.commands.launching import launch_for
from tui.commands.output import complain, say
from tui.text import one_line

if TYPE_CHECKING:
    from core.api.backups import AttemptOfJob

DESCRIPTION = """\
Take a backup now. It runs in a process of its own, which goes on when the terminal is gone.

Without SERVER: each server of the config, one after another. What is not said here is as
[backup] of the config has it.

Exit code: 0 good in every copy; 1 good, and a copy is missing, or it was cancelled; 2 a
backup failed or was interrupted; 3 nothing could be begun; 64, 78 as everywhere; 130 after
Ctrl-C, and the backup goes on."""


_ENDED = {JobState.CANCELLED: "was cancelled", JobState.INTERRUPTED: "was interrupted"}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("servers", nargs="*", metavar="SERVER", help="NAMEs or DSNs")
    parser.add_argument(
        "--kind", choices=("full", "incremental", "schema", "data"), help="what it shall hold"
    )
    for option, metavar, text in (
        ("database", "NAME", "a database, or all; may be given again"),
        ("schema", "PATTERN", "only this schema; may be given again"),
        ("table", "PATTERN", "only this table; may be given again"),
        ("copy", "REPOSITORY", "where it goes; may be given again"),
    ):
        parser.add_argument(f"--{option}", action="append", default=[], metavar=metavar, help=text)
    parser.add_argument("--keep", default="", metavar="REASON", help="protect it, and why")
    parser.add_argument("--detach", action="store_true", help="start it and don't wait")
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON document")


def run(arguments: Namespace) -> int:
    """Start a job for each server, and wait for it; gives the worst one's exit code."""
    from core.api.backups import BackupRequest, open_backups

    launch = launch_for(arguments, arguments.servers)
    told: list[dict[str, Any]] = []
    worst = ExitCode.OK
    with open_backups(None, launch.state_folder, settings=launch.settings) as backups:
        for entry in launch.servers:
            request = BackupRequest(
                entry.server_id,
                arguments.kind or "",
                tuple(arguments.database),
                tuple(arguments.schema),
                tuple(arguments.table),
                tuple(arguments.copy),
                arguments.keep,
            )
            if arguments.detach:
                job_id = backups.start(request)
                told.append({"job": job_id, "server": entry.server_id, "state": "queued"})
                if not arguments.json:
                    say(f"Job {job_id} backs up {one_line(entry.server_id)}.")
                continue
            job = followed(backups.follow, partial(backups.start, request), "The backup")
            attempts = backups.attempts(job)
            worst = max(worst, exit_code_of(job, attempts))
            told.append(document(job, attempts))
            if not arguments.json:
                tell(job, attempts)
    if arguments.json:
        say(json.dumps(told[0] if len(told) == 1 else told, indent=2))
    return worst


def exit_code_of(job: Job, attempts: tuple[AttemptOfJob, ...]) -> ExitCode:
    """What the shell is told of a job."""
    if job.state is JobState.CANCELLED:
        return ExitCode.WARNING
    if job.state is not JobState.DONE:
        return ExitCode.CRITICAL
    return ExitCode.WARNING if any(each.problem for each in attempts) else ExitCode.OK


def document(job: Job, attempts: tuple[AttemptOfJob, ...]) -> dict[str, Any]:
    """A job that is over, for programs."""
    return {
        "job": job.job_id,
        "server": job.order.server_id,
        "state": job.state.value,
        "result": job.result,
        "remedy": job.remedy,
        "backups": [
            {
                "database": each.database,
                "status": each.status.value,
                "backup_id": each.backup_id or None,
                "problem": each.problem or None,
            }
            for each in attempts
        ],
    }


def tell(job: Job, attempts: tuple[AttemptOfJob, ...]) -> None:
    """A job that is over, for people: what is good on standard output, what is not on the other."""
    if job.state is JobState.DONE:
        say(one_line(job.result))
        for each in attempts:
            if each.problem:
                complain(f"pgvigil: {one_line(each.database)}: {one_line(each.problem)}")
        return
    ended = _ENDED.get(job.state, job.state.value)
    complain(f"pgvigil: the backup of {one_line(job.order.server_id)} {ended}")
    if job.result:
        complain(f"  why: {one_line(job.result)}")
    if job.remedy:
        complain(f"  do:  {one_line(job.remedy)}")
