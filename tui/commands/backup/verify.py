"""``pgvigil backup verify [BACKUP …]``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from functools import partial
from typing import TYPE_CHECKING

from core.errors import ExitCode
from core.model.job import Job, JobState
from tui.commands.failures import UsageError
from tui.commands.following import followed
from tui.commands.output import complain, say
from tui.text import clean

if TYPE_CHECKING:
    from core.api.backups import Backups

DESCRIPTION = """\
Read stored copies again: every byte is authenticated, and all parts have to fit together.
What is missing or damaged is written again from a copy that is good.

Without BACKUP: what is due by [verify] of the config, the longest not verified first. It runs
in a process of its own, which goes on when the terminal is gone.

Exit code: 0 every copy that was looked at is good in the end; 1 it was cancelled; 2 a copy is
missing or damaged, or could not be looked at; 3 nothing could be begun, or no backup is known
here; 64 no such backup or server; 78 as everywhere; 130 after Ctrl-C, and it goes on."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("backups", nargs="*", metavar="BACKUP", help="ids, or what they begin with")
    parser.add_argument("--all", action="store_true", help="every copy, whenever it was verified")
    parser.add_argument("--server", default="", metavar="SERVER", help="only those of one server")
    parser.add_argument(
        "--copy",
        action="append",
        default=[],
        metavar="REPOSITORY",
        help="only copies there; may be given again",
    )
    parser.add_argument(
        "--level", choices=("sealed", "structure"), default="", help="how far: [verify] level"
    )
    parser.add_argument(
        "--lost-key",
        action="append",
        default=[],
        metavar="KEY_ID",
        help="it is lost for good: bring copies from it under the key of a good copy",
    )
    parser.add_argument("--detach", action="store_true", help="start it and don't wait")
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON document")


def run(arguments: Namespace) -> int:
    """Start a verification, and wait for it; gives the exit code."""
    from core.api.backup_care import VerifyRequest
    from core.api.backups import open_backups

    if arguments.all and arguments.backups:
        raise UsageError("verify takes BACKUP or --all, not both")
    with open_backups(arguments.config, arguments.state_folder) as backups:
        found = [backups.find(each) for each in arguments.backups]
        request = VerifyRequest(
            arguments.server,
            tuple(entry.backup_id for entry in found),
            tuple(arguments.copy),
            arguments.all,
            arguments.level,
            tuple(arguments.lost_key),
        )
        start = partial(backups.care.start_verification, request)
        if arguments.detach:
            job_id = start()
            if arguments.json:
                say(json.dumps({"job": job_id, "state": "queued"}, indent=2))
            else:
                say(f"Job {job_id} verifies them.")
            return ExitCode.OK
        job = followed(backups.follow, start, "The verification")
        _tell(backups, job, as_json=arguments.json)
    if job.state is JobState.CANCELLED:
        return ExitCode.WARNING
    return ExitCode.OK if job.state is JobState.DONE else ExitCode.CRITICAL


def _tell(backups: Backups, job: Job, *, as_json: bool) -> None:
    from tui.care_report import copy_document, copy_line

    looked_at = backups.care.looked_at(job)
    if as_json:
        document = {
            "job": job.job_id,
            "state": job.state.value,
            "result": job.result,
            "remedy": job.remedy,
            "copies": [copy_document(copy) for _, copy in looked_at],
        }
        say(json.dumps(document, indent=2))
        return
    for entry, copy in looked_at:
        say(copy_line(entry, copy))
    if job.state is JobState.DONE:
        say(clean(job.result))
        return
    complain(f"pgvigil: the verification {_ENDED.get(job.state, 'failed')}")
    for name, text in (("why", job.result), ("do", job.remedy)):
        if text:
            complain(f"  {name + ':':<4} {clean(text)}")


_ENDED = {
    JobState.CANCELLED: "was cancelled",
    JobState.INTERRUPTED: "was interrupted",
    JobState.FAILED: "found copies that are not good, or could not look at all of them",
}
