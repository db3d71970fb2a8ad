"""A job that a command starts and watches until it is over."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.model.job import Job
from tui.commands.output import complain
from tui.interrupts import interrupt_held
from tui.progress_line import ProgressLine

if TYPE_CHECKING:
    from core.api.backups import Backups


def followed(backups: Backups, start: Callable[[], str], what: str) -> Job:
    """The job that ``start`` gives the id of, when it is over; on a terminal with a bar.

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
            return backups.follow(job_id, line.show)
        except KeyboardInterrupt:
            line.clear()
            if job_id:
                complain(f"{what} goes on. Look at it again: pgvigil jobs attach {job_id}")
            raise
