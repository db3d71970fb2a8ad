"""``pgvigil schedule list|next|history|run|pause|resume``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from core.errors import ExitCode
from tui.commands.failures import UsageError
from tui.commands.output import say
from tui.commands.values import count

if TYPE_CHECKING:
    from core.api.schedules import Schedules

DESCRIPTION = """\
What happens by itself, and when: backups, verifications, pruning, drills.

list [SERVER …]     every schedule in words, when it fires next, what became of its last moment
next [SERVER …]     the next moments of all schedules
history [SERVER …]  what became of the newest moments: done, late, missed, skipped, overlapping …
run NAME            do now what a schedule does, and follow it
pause NAME          let it fire no more, until
resume NAME         lets it fire again

Exit code: 0 done; 1 it was paused, or not paused, already (pause, resume), or the job was
cancelled (run); 2 the job failed or was interrupted (run); 3 a job of its kind runs already, or
the store failed; 64 no such schedule or server; 78 as everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("what", choices=tuple(_ACTIONS))
    parser.add_argument("names", nargs="*", metavar="NAME", help="servers, or one schedule")
    parser.add_argument("--server", default="", metavar="SERVER", help="run, pause, resume: whose")
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON document")
    parser.add_argument(
        "--count",
        type=count,
        default=10,
        metavar="N",
        help="next, history: so many, 10 unless said",
    )
    parser.add_argument("--detach", action="store_true", help="run: don't follow the job")


def run(arguments: Namespace) -> int:
    """Tell of the schedules, or do something with one; gives the exit code."""
    from core.api.schedules import open_schedules

    with open_schedules(arguments.config, arguments.state_folder) as schedules:
        return _ACTIONS[arguments.what](schedules, arguments)


def _list(schedules: Schedules, arguments: Namespace) -> int:
    from tui.schedule_report import status_document, status_lines

    statuses = schedules.statuses(arguments.names)
    is_alone = not schedules.fires_without_console()
    if arguments.json:
        listed = [status_document(status) for status in statuses]
        _print({"schedules": listed, "service": not is_alone})
        return ExitCode.OK
    now = datetime.now(UTC)
    for status in statuses:
        say("\n".join(status_lines(status, now)))
    if not statuses:
        say("Nothing is scheduled: name a repository in [backup] copies, or write [[schedules]].")
    elif is_alone:
        say("These fire only while a console is open: no pgvigil serve runs (docs/service.md).")
    return ExitCode.OK


def _next(schedules: Schedules, arguments: Namespace) -> int:
    from tui.schedule_report import upcoming_document, upcoming_line

    runs = schedules.upcoming(arguments.count, arguments.names)
    if arguments.json:
        _print({"runs": [upcoming_document(run) for run in runs]})
        return ExitCode.OK
    now = datetime.now(UTC)
    for each in runs:
        say(upcoming_line(each, now))
    if not runs:
        say("Nothing is scheduled, or all of it is paused: pgvigil schedule list")
    return ExitCode.OK


def _history(schedules: Schedules, arguments: Namespace) -> int:
    from tui.schedule_report import run_document, run_words

    runs = schedules.history(arguments.count, arguments.names)
    if arguments.json:
        _print({"runs": [run_document(run) for run in runs]})
        return ExitCode.OK
    for each in runs:
        say(f"{each.server_id}  {each.schedule}  {run_words(each)}")
    if not runs:
        say("No schedule has had its moment yet: pgvigil schedule next")
    return ExitCode.OK


def _run(schedules: Schedules, arguments: Namespace) -> int:
    from tui.job_progress import follow

    start = partial(schedules.run_now, _one(arguments), arguments.server)
    if not arguments.detach:
        return follow(schedules.jobs, start, as_json=arguments.json)
    job_id = start()
    if arguments.json:
        _print({"job": {"id": job_id}})
    else:
        say(f"Job {job_id} runs. Follow it: pgvigil jobs attach {job_id}")
    return ExitCode.OK


def _pause(schedules: Schedules, arguments: Namespace) -> int:
    done = schedules.pause(_one(arguments), arguments.server)
    return _told(arguments, "is paused" if done else "is paused already", done=done)


def _resume(schedules: Schedules, arguments: Namespace) -> int:
    done = schedules.resume(_one(arguments), arguments.server)
    return _told(arguments, "fires again" if done else "is not paused", done=done)


def _told(arguments: Namespace, what: str, *, done: bool) -> int:
    if arguments.json:
        _print({"schedule": _one(arguments), "changed": done})
    else:
        say(f"{_one(arguments)} {what}")
    return ExitCode.OK if done else ExitCode.WARNING


def _one(arguments: Namespace) -> str:
    if len(arguments.names) != 1:
        raise UsageError(
            f"schedule {arguments.what} takes the name of one schedule",
            remedy="pgvigil schedule list shows them all",
        )
    return str(arguments.names[0])


def _print(document: dict[str, Any]) -> None:
    say(json.dumps({"schema": 1, **document}, indent=2))


_ACTIONS: dict[str, Callable[[Schedules, Namespace], int]] = {
    "list": _list,
    "next": _next,
    "history": _history,
    "run": _run,
    "pause": _pause,
    "resume": _resume,
}
