"""``pgvigil jobs list|attach|cancel``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.errors import ExitCode
from tui.commands.failures import UsageError
from tui.commands.output import say
from tui.commands.values import count

if TYPE_CHECKING:
    from core.api.jobs import Jobs

DESCRIPTION = """\
Backups, verifications and other long work, each a process of its own that outlives its terminal.

list [SERVER …]  the newest ones, and how far those are that run
attach JOB       follow one until it is over; Ctrl-C ends the following, not the job
cancel JOB       ask one to stop, and wait until it has

JOB is the beginning or the end of an id, or: last.

Exit code: 0 done; 1 the job was cancelled (attach), or was over already (cancel); 2 it failed
or was interrupted (attach), or went on to its end (cancel); 3 the store failed; 64 no such
job or server; 78 as everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("what", choices=tuple(_ACTIONS))
    parser.add_argument("names", nargs="*", metavar="NAME", help="servers, or one job")
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON document")
    parser.add_argument(
        "--count", type=count, default=20, metavar="N", help="list: so many, 20 unless said"
    )
    parser.add_argument(
        "--no-wait", action="store_true", help="cancel: don't wait until it has stopped"
    )


def run(arguments: Namespace) -> int:
    """List jobs, follow one, or have one stop; gives the exit code."""
    from core.api.jobs import open_jobs

    with open_jobs(arguments.config, arguments.state_folder) as jobs:
        return _ACTIONS[arguments.what](jobs, arguments)


def _list(jobs: Jobs, arguments: Namespace) -> int:
    from tui.job_report import job_document, job_line

    listed = jobs.newest(arguments.count, arguments.names)
    if arguments.json:
        say(json.dumps({"schema": 1, "jobs": [job_document(job) for job in listed]}, indent=2))
        return ExitCode.OK
    now = datetime.now(UTC)
    for job in listed:
        say(job_line(job, now))
    if not listed:
        say("There are no jobs yet.")
    return ExitCode.OK


def _attach(jobs: Jobs, arguments: Namespace) -> int:
    from tui.job_progress import follow

    job_id = jobs.find(_one(arguments)).job_id
    return follow(jobs, lambda: job_id, as_json=arguments.json)


def _cancel(jobs: Jobs, arguments: Namespace) -> int:
    from core.model.job import JobState
    from tui.job_progress import follow
    from tui.job_report import job_document, outcome_lines

    job = jobs.find(_one(arguments))
    was_asked = jobs.cancel(job.job_id)
    if not was_asked or arguments.no_wait:
        job = jobs.find(job.job_id)
        if arguments.json:
            say(json.dumps({"schema": 1, "job": job_document(job)}, indent=2))
        elif was_asked:
            say(f"job {job.job_id} is asked to stop")
        else:
            say("\n".join(outcome_lines(job)))
        return ExitCode.OK if was_asked else ExitCode.WARNING
    follow(jobs, lambda: job.job_id, as_json=arguments.json)
    stopped = jobs.find(job.job_id).state in {JobState.CANCELLED, JobState.INTERRUPTED}
    return ExitCode.OK if stopped else ExitCode.CRITICAL


def _one(arguments: Namespace) -> str:
    if len(arguments.names) != 1:
        raise UsageError(f"jobs {arguments.what} takes one JOB", remedy="pgvigil jobs list")
    return str(arguments.names[0])


_ACTIONS: dict[str, Callable[[Jobs, Namespace], int]] = {
    "list": _list,
    "attach": _attach,
    "cancel": _cancel,
}
