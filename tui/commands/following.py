"""A job that a command starts and watches until it is over."""

from __future__ import annotations

import sys
from collections.abc import Callable

from core.model.job import Job, Progress
from tui.commands.output import complain
from tui.interrupts import interrupt_held
from tui.progress_line import ProgressLine

Follow = Callable[[str, Callable[[Progress], None]], Job]
"""Waits until the job of an id is over, and shows how far it is; gives it as it ended."""


def followed(follow: Follow, start: Callable[[], str], what: str) -> Job:
    """The job that ``start`` gives the id of, when ``follow`` saw it end; on a terminal with a bar.

    Raises:
        KeyboardInterrupt: Ctrl-C; it was said that ``what`` goes on, and how to look at it again.
        UnknownJobError: there is no such job.
        StoreError: the store failed.
    """
    job_id = ""
    with ProgressLine(sys.stderr) as line:
        try:
            with interrupt_held():
                job_id = start()
            return follow(job_id, line.show)
        except KeyboardInterrupt:
            line.clear()
            if job_id:
                complain(f"{what} goes on. Look at it again: pgvigil jobs attach {job_id}")
            raise
