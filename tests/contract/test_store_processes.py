"""Who lives is known from heartbeats, and on one host from the process itself."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from core.model.process import ProcessInfo, ProcessKind
from core.store import local
from core.store.moments import HOUR
from core.store.store import Store


def info(process_id: str, kind: ProcessKind = ProcessKind.CONSOLE) -> ProcessInfo:
    now = datetime.now(UTC)
    return ProcessInfo(
        process_id=process_id,
        kind=kind,
        host="",
        pid=0,
        os_user="anna",
        started_at=now,
        heartbeat_at=now,
        servers=("shop", "blog"),
        client="10.0.0.7",
        attends=("shop",),
    )


def test_a_process_that_beats_is_alive_and_says_what_it_looks_at(
    store: Store, other: Store
) -> None:
    store.processes.beat(info("console"))
    (seen,) = other.processes.alive(lost_after_seconds=60)

    assert (seen.process_id, seen.servers, seen.attends) == ("console", ("shop", "blog"), ("shop",))
    assert (seen.os_user, seen.client, seen.pid) == ("anna", "10.0.0.7", local.here().pid)


def test_only_the_kinds_asked_for_are_given(store: Store) -> None:
    store.processes.beat(info("console"))
    store.processes.beat(info("watcher", ProcessKind.WATCHER))

    found = store.processes.alive(ProcessKind.WATCHER, lost_after_seconds=60)
    assert [process.process_id for process in found] == ["watcher"]


def test_a_process_that_was_silent_too_long_is_dead_until_it_beats_again(store: Store) -> None:
    store.processes.beat(info("console"))
    time.sleep(0.02)
    assert store.processes.alive(lost_after_seconds=0.01) == ()
    store.processes.beat(info("console"))
    assert store.processes.alive(lost_after_seconds=5) != ()


def test_a_process_that_is_gone_from_this_host_is_dead_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = local.here()
    gone = local.Here(me.host, me.pid, me.pid_started - 1)
    with monkeypatch.context() as as_another:
        as_another.setattr("core.store.processes.here", lambda: gone)
        store.processes.beat(info("killed"))
    store.processes.beat(info("living"))

    assert [p.process_id for p in store.processes.alive(lost_after_seconds=60)] == ["living"]
    assert store.processes.forget_dead(lost_after_seconds=60) == ("killed",)
    assert store.processes.forget_dead(lost_after_seconds=60) == ()


def test_a_process_that_ends_is_forgotten(store: Store) -> None:
    store.processes.beat(info("console"))
    store.processes.forget("console")

    assert store.processes.alive(lost_after_seconds=60) == ()


def test_of_another_host_a_beat_from_a_time_to_come_is_no_sign_of_life(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as as_another:
        as_another.setattr("core.store.processes.here", lambda: local.Here("elsewhere", 1, 1.0))
        store.processes.beat(info("far"))
    store.processes.beat(info("near"))
    now = store._database.now
    monkeypatch.setattr(store._database, "now", lambda connection: now(connection) - HOUR)

    assert [p.process_id for p in store.processes.alive(lost_after_seconds=60)] == ["near"]
