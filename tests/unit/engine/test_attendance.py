"""Which consoles need a watcher: by the store, and while the store let nobody write."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime

from core.engine.attendance import Attendance
from core.model.process import ProcessInfo, ProcessKind

NOW = datetime(2026, 3, 2, 14, 3, 27, tzinfo=UTC)
HEARTBEAT, PATIENCE = 5.0, 30.0


def console(name: str, pid: int | None = None, *, server: str = "orders") -> ProcessInfo:
    """A console of this host that looks at ``server``; without ``pid`` it lives."""
    return ProcessInfo(
        process_id=name,
        kind=ProcessKind.CONSOLE,
        host=socket.gethostname(),
        pid=os.getpid() if pid is None else pid,
        os_user="anna",
        started_at=NOW,
        heartbeat_at=NOW,
        servers=(server,),
        attends=(server,),
    )


def ended() -> int:
    """The pid of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def attended_by(*consoles: ProcessInfo) -> Attendance:
    made = Attendance(["orders"], heartbeat_seconds=HEARTBEAT, patience_seconds=PATIENCE)
    made.found(consoles, 0)
    return made


def test_by_a_store_that_works_a_silent_console_is_gone_at_once() -> None:
    attendance = attended_by(console("a"), console("b"))
    attendance.found([console("b")], 1)
    assert attendance.consoles == (console("b"),)


def test_a_store_that_answers_late_held_the_consoles_up() -> None:
    attendance = attended_by(console("a"))
    attendance.store_answered(100, 100 + HEARTBEAT + 1)
    attendance.found([], 100 + HEARTBEAT + 1)
    assert attendance.attended == {"orders"}


def test_a_store_that_answers_at_once_tells_who_is_gone() -> None:
    attendance = attended_by(console("a"))
    attendance.store_answered(100, 101)
    attendance.found([], 101)
    assert not attendance.consoles


def test_a_console_that_could_not_write_has_as_long_as_one_may_be_silent() -> None:
    attendance = attended_by(console("a"))
    attendance.store_failed(100)
    attendance.found([], 101)
    assert attendance.attended == {"orders"}
    attendance.found([], 100 + PATIENCE - 1)
    assert attendance.consoles
    attendance.found([], 100 + PATIENCE)
    assert not attendance.consoles


def test_a_console_whose_process_has_ended_is_gone_whatever_the_store_does() -> None:
    attendance = attended_by(console("a"), console("b", ended()))
    attendance.store_failed(100)
    assert attendance.consoles == (console("a"),)
    attendance = attended_by(console("b", ended()))
    attendance.store_failed(100)
    attendance.found([], 101)
    assert not attendance.consoles


def test_what_a_console_wrote_last_is_what_counts() -> None:
    attendance = attended_by(console("a"))
    attendance.store_failed(100)
    newer = console("a", server="orders")
    attendance.found([newer, console("b")], 101)
    assert [each.process_id for each in attendance.consoles] == ["a", "b"]


def test_a_console_of_other_servers_is_none_of_ours() -> None:
    assert not attended_by(console("a", server="billing")).consoles
