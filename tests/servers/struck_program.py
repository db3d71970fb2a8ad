"""Kills work at its n-th step: just before the n-th call that changes files, or a server.

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
import psycopg

from core.api.keys import Keys
from core.api.restores import Restores
from core.backup.progress import JobReporter, SilentReporter
from core.backup.prune.job import run_prune_job
from core.backup.run import run_backup_job
from core.backup.verify.job import run_verify_job
from core.config.settings import Settings
from core.model.job import JobKind, JobOrder
from core.restore.drill.job import run_drill_job
from core.restore.job import run_restore_job
from core.schedule.spawn import JOB_VARIABLE
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
    job_id: str = ""
    statements_from: str = ""
    """Count SQL statements in place of files, from the phase of this name on."""
    at_phase: str = ""
    """Die when the phase of this name begins, whatever the step."""


class Struck(msgspec.Struct):
    """How it ended (``killed``, ``done`` or ``failed``), and at which call or why."""

    how: str
    where: str = ""


class _Watching(SilentReporter):
    """Has steps counted from a phase on."""

    def __init__(self, job_id: str, phase: str, last: str) -> None:
        self.job_id = job_id
        self._phase = phase
        self._last = last

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        if name == self._phase:
            _counting.set()
        if name == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


_counting = threading.Event()


def _undo(store: Store, settings: Settings, order: JobOrder, reporter: JobReporter) -> str:
    reporter.phase("undo")
    restores = Restores(settings, store, Path(store.location).parent)
    return restores.undo(restores.find(order.arguments["restore"]))


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
    "restore": (JobKind.RESTORE, run_restore_job),
    "drill": (JobKind.DRILL, run_drill_job),
    "undo": (JobKind.RESTORE, _undo),
}


def _die_at(step: int, told: int) -> None:
    """Have this process kill itself before the ``step``-th call, once it has told which it was."""
    counter = _Counter(step, told)
    for name in CALLS:
        setattr(os, name, counter.counted(name, getattr(os, name)))


def _die_at_statement(step: int, told: int) -> None:
    """As ``_die_at``, before the ``step``-th statement that a server is sent while counting."""
    counter = _Counter(step, told)
    execute = psycopg.Connection.execute
    counted = counter.counted("execute", execute)

    def executed(connection: Any, query: Any, *given: Any, **named: Any) -> Any:
        do = counted if _counting.is_set() else execute
        return do(connection, query, *given, **named)

    patched: Any = psycopg.Connection
    patched.execute = executed


class _Counter:
    """Counts calls, and kills this process before one of them."""

    def __init__(self, step: int, told: int) -> None:
        self._lock = threading.Lock()
        self._left = step
        self._told = told

    def counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, counted."""

        def called(*given: Any, **named: Any) -> Any:
            with self._lock:
                self._left -= 1
                if self._left < 0:
                    os.write(self._told, f"{name} {given[:2]}".encode())
                    os.kill(os.getpid(), signal.SIGKILL)
            return call(*given, **named)

        return called


def _do(strike: Strike) -> None:
    kind, work = _WORK[strike.work]
    store = Store.open(strike.settings.store, state_folder=Path(strike.state), migrate=False)
    order = JobOrder(kind, strike.server, "berta@bastion", strike.arguments)
    if strike.job_id:
        store.jobs.begin(strike.job_id)
        os.environ[JOB_VARIABLE] = strike.job_id
    reporter = _Watching(strike.job_id, strike.statements_from, strike.at_phase)
    work(store, strike.settings, order, reporter)
    store.close()


def _struck(strike: Strike) -> Struck:
    """Do it in a child, and look how that ended."""
    listening, telling = os.pipe()
    child = os.fork()
    if not child:
        try:
            die = _die_at_statement if strike.statements_from else _die_at
            if not strike.at_phase:
                die(strike.step, telling)
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
