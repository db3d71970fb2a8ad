"""A job as a process, whose work is what its order's arguments say: for tests of jobs."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from pathlib import Path

from core.backup.progress import JobReporter
from core.config.settings import Settings
from core.errors import BackupError
from core.model.job import JobKind, JobOrder
from core.schedule.__main__ import main
from core.schedule.work import Work
from core.store.store import Store

MODULE = "tests.servers.job_process"


def work(store: Store, settings: Settings, order: JobOrder, reporter: JobReporter) -> str:
    """Do what ``arguments["do"]`` says."""
    del store, settings
    if not gc.isenabled():
        raise BackupError("the memory of this job would grow without end")
    reporter.phase("dump", 1000)
    for _ in range(10):
        reporter.advance(100)
    reporter.note("half of it is done")
    reporter.phase("verify", 1000)
    file = Path(order.arguments.get("file", "/nowhere"))
    match order.arguments["do"]:
        case "wait":
            while not file.exists():
                reporter.check_cancelled()
                time.sleep(0.02)
        case "fail":
            raise BackupError("no space", why="the disk is full", remedy="free some")
        case "crash":
            raise ZeroDivisionError
        case "leave":
            left = subprocess.Popen(["sleep", "600"], start_new_session=True)
            file.with_name("left").write_text(str(left.pid))
            time.sleep(600)
        case "fragile":
            ended = subprocess.run(["sleep", "600"], check=False, start_new_session=True)
            raise BackupError(f"sleep ended with {ended.returncode}")
        case "stuck":
            subprocess.run(["sleep", "600"], check=False, start_new_session=True)
            time.sleep(600)
    reporter.advance(1000)
    return "took 1000 bytes"


def find(kind: JobKind) -> Work:
    """The work of every kind."""
    del kind
    return work


if __name__ == "__main__":
    sys.exit(main(find))
