"""A backup as a process that can be killed: ``FOLDER KIND STOP``, the settings on standard input.

It says each phase on standard output, and stays in the phase STOP for ever.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import msgspec

from core.backup.progress import SilentReporter
from core.backup.run import run_backup_job
from core.config.settings import Settings
from core.model.job import JobKind, JobOrder
from core.store.store import Store


class Telling(SilentReporter):
    """Says each phase, and stays in one."""

    def __init__(self, stop: str) -> None:
        self._stop = stop

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
        while name == self._stop:
            time.sleep(60)


def main() -> int:
    folder, kind, stop = sys.argv[1:]
    settings = msgspec.json.decode(sys.stdin.buffer.read(), type=Settings)
    store = Store.open(settings.store, state_folder=Path(folder), migrate=False)
    order = JobOrder(JobKind.BACKUP, next(iter(settings.servers)), "berta@bastion", {"kind": kind})
    sys.stdout.write(run_backup_job(store, settings, order, Telling(stop)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
