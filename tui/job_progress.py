"""Following a job: a bar on a terminal, a line a phase elsewhere, a document for programs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable

from core.api.jobs import Jobs
from core.errors import ExitCode
from core.model.job import Job, JobState
from tui.commands.output import complain, say
from tui.interrupts import interrupt_held
from tui.job_report import job_document, outcome_lines, progress_line

_CODES = {JobState.DONE: ExitCode.OK, JobState.CANCELLED: ExitCode.WARNING}
_CLEAR = "\r\x1b[2K"


def follow(jobs: Jobs, start: Callable[[], str], *, as_json: bool) -> int:
    """Show how a job goes on until it is over; gives the exit code. ``start`` gives its id.

    Ctrl-C ends the showing, not the job, also while it is started.

    Raises:
        KeyboardInterrupt: Ctrl-C; how to look again was said.
        StoreError: the store failed; the job goes on.
    """
    job_id = ""
    try:
        with interrupt_held():
            job_id = start()
        last = _shown(jobs, job_id, as_json=as_json)
    except KeyboardInterrupt:
        if job_id:
            complain(
                f"The job goes on. Look again: pgvigil jobs attach {job_id}; "
                f"stop it: pgvigil jobs cancel {job_id}"
            )
        raise
    if as_json:
        document = {"schema": 1, "job": job_document(last, jobs.notes(job_id))}
        say(json.dumps(document, indent=2))
    else:
        say("\n".join(outcome_lines(last)))
    return code_of(last)


def code_of(job: Job) -> int:
    """0: done; 1: cancelled; 2: failed or interrupted."""
    return _CODES.get(job.state, ExitCode.CRITICAL)


def _shown(jobs: Jobs, job_id: str, *, as_json: bool) -> Job:
    has_terminal = sys.stdout.isatty() and not as_json
    phase = ""
    last = jobs.find(job_id)
    told = 0
    try:
        for job in jobs.follow(job_id):
            last = job
            if as_json:
                continue
            told = _tell_notes(jobs, job_id, told, has_terminal=has_terminal)
            if has_terminal:
                _draw(job)
            elif job.progress.phase != phase and not job.state.is_over:
                phase = job.progress.phase
                say(phase)
    finally:
        if has_terminal:
            sys.stdout.write(_CLEAR)
            sys.stdout.flush()
    return last


def _tell_notes(jobs: Jobs, job_id: str, told: int, *, has_terminal: bool) -> int:
    """Say what the job had to say since; gives how many notes are told now."""
    from tui.text import one_line

    notes = jobs.notes(job_id)
    for note in notes[told:]:
        say(f"{_CLEAR if has_terminal else ''}  {one_line(note.text)}")
    return len(notes)


def _draw(job: Job) -> None:
    width = shutil.get_terminal_size().columns - 1
    line = progress_line(job.progress, width) if not job.state.is_over else ""
    sys.stdout.write(f"{_CLEAR}{line}")
    sys.stdout.flush()
