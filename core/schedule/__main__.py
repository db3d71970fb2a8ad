"""``python -m core.schedule``: a job; what it is to do is on standard input."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.model.job import JobKind
    from core.schedule.work import Work


def main(find: Callable[[JobKind], Work] | None = None) -> int:
    """Read what is to be done and do it, as ``find`` says; gives the exit code."""
    os.umask(0o077)
    # What is imported now stays; looking for garbage among it takes a seventh of the start. The
    # process turns the collector on when its work begins.
    gc.disable()
    import logging

    from core.log import LogFile, log_as_json
    from core.schedule.order import Launch
    from core.schedule.process import run
    from core.schedule.spawn import LOG_NAME
    from core.schedule.work import work_of

    log_as_json()
    try:
        launch = Launch.from_json(sys.stdin.buffer.read())
    except ValueError:
        logging.getLogger(__name__).critical("who started this job died before it was told what")
        return 1
    LogFile(launch.folder / LOG_NAME, launch.settings.engine.log_bytes).tend()
    return run(launch, find or work_of)


if __name__ == "__main__":
    sys.exit(main())
