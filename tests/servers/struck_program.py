"""Kills work at its n-th step: just before the n-th call that changes files.

One line on standard input is an order: what to do, where, and at which step to die. It is done in
a process of its own; one line on standard output says what became of it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from core.api.keys import Keys
from core.backup.progress import JobReporter, SilentReporter
from core.backup.prune.job import run_prune_job
from core.backup.run import run_backup_job
from core.backup.verify.job import run_verify_job
from core.config.settings import Settings
from core.model.job import JobKind, JobOrder
from core.store.store import Store

CALLS = ("fsync", "rename", "unlink", "mkdir", "rmdir")


class Strike(msgspec.Struct):
    """What to do, and the step at which it is killed."""

    work: str
    server: str
    state: str
    settings: Settings
    step: int
    arguments: dict[str, str] = {}


class Struck(msgspec.Struct):
    """How it ended (``killed``, ``done`` or ``failed``), and at which call or why."""

    how: str
    where: str = ""


def _rotate(store: Store, settings: Settings, order: JobOrder, reporter: JobReporter) -> str:
    del order, reporter
    for _ in Keys(settings, store).rotate([]):
        pass
    return ""


_WORK: dict[str, tuple[JobKind, Callable[[Store, Settings, JobOrder, JobReporter], str]]] = {
    "backup": (JobKind.BACKUP, run_backup_job),
    "prune": (JobKind.PRUNE, run_prune_job),
    "verify": (JobKind.VERIFY, run_verify_job),
    "rotate": (JobKind.VERIFY, _rotate),
}


def _die_at(step: int, told: int) -> None:
    """Have this process kill itself before the ``step``-th call, once it has told which it was."""
    lock, left = threading.Lock(), [step]

    def counted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            with lock:
                left[0] -= 1
                if left[0] < 0:
                    os.write(told, f"{name} {given[0]}".encode())
                    os.kill(os.getpid(), signal.SIGKILL)
            return call(*given, **named)

        return called

    for name in CALLS:
        setattr(os, name, counted(name, getattr(os, name)))


def _do(strike: Strike) -> None:
    kind, work = _WORK[strike.work]
    store = Store.open(strike.settings.store, state_folder=Path(strike.state), migrate=False)
    order = JobOrder(kind, strike.server, "berta@bastion", strike.arguments)
    work(store, strike.settings, order, SilentReporter())
    store.close()


def _struck(strike: Strike) -> Struck:
    """Do it in a child, and look how that ended."""
    listening, telling = os.pipe()
    child = os.fork()
    if not child:
        try:
            _die_at(strike.step, telling)
            _do(strike)
        except BaseException as error:  # noqa: BLE001
            os.write(telling, repr(error).encode())
            os._exit(1)
        os._exit(0)
    os.close(telling)
    with os.fdopen(listening, "rb") as heard:
        where = heard.read().decode()
    _, status = os.waitpid(child, 0)
    how = "killed" if os.WIFSIGNALED(status) else "failed" if status else "done"
    return Struck(how, where)


def main() -> int:
    for line in sys.stdin.buffer:
        answer = _struck(msgspec.json.decode(line, type=Strike))
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
