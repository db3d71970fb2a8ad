"""``python -m core.schedule``: a job; what it is to do is on standard input."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable

from core.log import LogFile, log_as_json
from core.model.job import JobKind
from core.schedule.order import Launch
from core.schedule.process import run
from core.schedule.spawn import LOG_NAME
from core.schedule.work import Work, work_of


def main(find: Callable[[JobKind], Work] = work_of) -> int:
    """Read what is to be done and do it; gives the exit code."""
    os.umask(0o077)
    log_as_json()
    try:
        launch = Launch.from_json(sys.stdin.buffer.read())
    except ValueError:
        logging.getLogger(__name__).critical("who started this job died before it was told what")
        return 1
    LogFile(launch.folder / LOG_NAME, launch.settings.engine.log_bytes).tend()
    return run(launch, find)


if __name__ == "__main__":
    sys.exit(main())
