"""One holder at a time, whoever dies."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from core.errors import LeaseLostError
from core.model.process import Lease
from core.store import local
from core.store.moments import MICROSECOND
from core.store.store import Store

TTL = 0.3
LONG = 1.5


def until_there(ask: Callable[[], Lease | None]) -> Lease:
    """What ``ask`` gives in the end."""
    for _ in range(500):
        if (lease := ask()) is not None:
            return lease
        time.sleep(0.01)
    raise AssertionError("the lease never became free")


def test_a_lease_has_one_holder(store: Store, other: Store) -> None:
    lease = store.leases.acquire("server:a", "first", 60)

    assert lease is not None
    assert other.leases.acquire("server:a", "second", 60) is None
    assert other.leases.holder("server:a") == lease
    assert other.leases.acquire("server:b", "second", 60) is not None


def test_a_released_lease_is_free_at_once_and_has_a_greater_token(
    store: Store, other: Store
) -> None:
    first = store.leases.acquire("server:a", "first", 60)
    assert first is not None
    store.leases.release(first)

    assert other.leases.holder("server:a") is None
    second = other.leases.acquire("server:a", "second", 60)
    assert second is not None
    assert second.token > first.token


def test_a_lease_that_is_not_renewed_is_free_when_its_time_is_over(
    store: Store, other: Store
) -> None:
    first = store.leases.acquire("server:a", "first", TTL)
    assert first is not None

    second = until_there(lambda: other.leases.acquire("server:a", "second", 60))
    assert second.token > first.token
    with pytest.raises(LeaseLostError):
        store.leases.renew(first, TTL)


def test_renewing_keeps_the_token_and_moves_the_expiry(store: Store) -> None:
    lease = store.leases.acquire("server:a", "first", 1)
    assert lease is not None

    renewed = store.leases.renew(lease, 60)
    assert renewed.token == lease.token
    assert renewed.expires_at > lease.expires_at


def test_a_tick_that_is_written_moves_the_expiry_where_it_is_told_to(
    store: Store, other: Store
) -> None:
    lease = store.leases.acquire("server:a", "first", 1)
    assert lease is not None

    store.write_tick(lease, "a")
    assert other.leases.holder("server:a") == lease
    store.write_tick(lease, "a", ttl_seconds=60)
    renewed = other.leases.holder("server:a")
    assert renewed is not None
    assert renewed.token == lease.token
    assert renewed.expires_at > lease.expires_at


def test_a_tick_of_a_lost_lease_is_refused_though_it_would_renew_it(
    store: Store, other: Store
) -> None:
    first = store.leases.acquire("server:a", "first", TTL)
    assert first is not None
    second = until_there(lambda: other.leases.acquire("server:a", "second", 60))

    with pytest.raises(LeaseLostError):
        store.write_tick(first, "a", ttl_seconds=60)
    assert store.leases.holder("server:a") == second


def test_an_expired_lease_that_nobody_took_may_be_renewed(store: Store) -> None:
    lease = store.leases.acquire("server:a", "first", 0.001)
    assert lease is not None
    until_there(lambda: lease if store.leases.holder("server:a") is None else None)

    assert store.leases.renew(lease, 60).token == lease.token


def test_releasing_a_lost_lease_does_not_take_it_from_the_new_holder(
    store: Store, other: Store
) -> None:
    first = store.leases.acquire("server:a", "first", TTL)
    assert first is not None
    until_there(lambda: other.leases.acquire("server:a", "second", 60))

    store.leases.release(first)
    assert store.leases.acquire("server:a", "third", 60) is None


def test_the_lease_of_a_dead_process_of_this_host_is_taken_over_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        started = local._started(process.pid)
        assert started is not None
        dying = local.Here(local.host(), process.pid, started)
        with monkeypatch.context() as as_another:
            as_another.setattr("core.store.leases.here", lambda: dying)
            assert store.leases.acquire("server:a", "dying", 600) is not None
        assert store.leases.acquire("server:a", "next", 60) is None
        process.kill()
    assert store.leases.acquire("server:a", "next", 60) is not None


def test_a_process_that_got_the_pid_of_a_dead_holder_is_not_taken_for_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = local.here()
    before = local.Here(me.host, me.pid, me.pid_started - 1)
    with monkeypatch.context() as as_another:
        as_another.setattr("core.store.leases.here", lambda: before)
        assert store.leases.acquire("server:a", "dead", 600) is not None

    assert store.leases.acquire("server:a", "next", 60) is not None


def test_of_another_host_nobody_is_taken_for_dead(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as as_another:
        as_another.setattr("core.store.leases.here", lambda: local.Here("elsewhere", 1, 1.0))
        assert store.leases.acquire("server:a", "far", 600) is not None

    assert store.leases.acquire("server:a", "near", 60) is None


HOUR = timedelta(hours=1)


@pytest.fixture
def set_back(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the clock of the stores an hour back."""

    def back(*stores: Store) -> None:
        for each in stores:
            now = each._database.now
            monkeypatch.setattr(
                each._database,
                "now",
                lambda connection, now=now: now(connection) - HOUR // MICROSECOND,
            )

    return back


def test_the_lease_of_a_dead_holder_elsewhere_ends_though_the_clock_was_set_back(
    store: Store,
    other: Store,
    monkeypatch: pytest.MonkeyPatch,
    set_back: Callable[..., None],
) -> None:
    with monkeypatch.context() as as_another:
        as_another.setattr("core.store.leases.here", lambda: local.Here("elsewhere", 1, 1.0))
        dead = store.leases.acquire("server:a", "dead", TTL)
    assert dead is not None
    set_back(store, other)

    assert other.leases.acquire("server:a", "next", TTL) is None
    begun = time.monotonic()
    taken = until_there(lambda: other.leases.acquire("server:a", "next", TTL))
    assert time.monotonic() - begun >= TTL * 0.9
    assert taken.token > dead.token
    with pytest.raises(LeaseLostError):
        store.leases.renew(dead, TTL)


def test_a_living_holder_keeps_its_lease_though_the_clock_was_set_back(
    store: Store, other: Store, set_back: Callable[..., None]
) -> None:
    held = store.leases.acquire("server:a", "living", LONG)
    assert held is not None
    assert other.leases.acquire("server:a", "rival", LONG) is None
    set_back(store, other)

    until = time.monotonic() + 2 * LONG
    while time.monotonic() < until:
        store.leases.renew(held, LONG)
        assert other.leases.acquire("server:a", "rival", LONG) is None
        time.sleep(LONG / 30)


def test_of_many_who_try_at_once_one_gets_it(store: Store, other: Store) -> None:
    won: list[Lease] = []
    start = threading.Barrier(8)

    def rival(number: int) -> None:
        mine = (store, other)[number % 2]
        start.wait()
        lease = mine.leases.acquire("server:a", f"rival {number}", 60)
        if lease is not None:
            won.append(lease)

    rivals = [threading.Thread(target=rival, args=(number,)) for number in range(8)]
    for thread in rivals:
        thread.start()
    for thread in rivals:
        thread.join()
    assert len(won) == 1


def test_what_is_held_now_is_listed_below_its_prefix(store: Store, other: Store) -> None:
    for resource in ("server:b", "server:a", "server_:c", "job:d"):
        store.leases.acquire(resource, "first", 60)
    given_back = store.leases.acquire("server:e", "first", 60)
    assert given_back is not None
    store.leases.release(given_back)

    assert other.leases.held_below("server:") == ("a", "b")
