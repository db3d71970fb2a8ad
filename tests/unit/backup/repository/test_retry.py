from __future__ import annotations

from dataclasses import replace

import pytest

from core.backup.repository.problems import RepositoryRefusedError, RepositoryUnreachableError
from core.backup.repository.retry import Failure, Patience
from core.backup.repository.throttle import Throttle


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.now += seconds
        return False


class Server:
    """Fails so many times, then answers."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.tried = 0

    def __call__(self) -> str:
        self.tried += 1
        if self.tried <= self.failures:
            raise OSError("broken")
        return "done"


def patience(clock: Clock, chance: float = 1.0) -> Patience:
    return Patience(1, 30, 100, clock.wait, clock, lambda: chance)


def passing(after_seconds: float = 0.0) -> Failure:
    error = RepositoryUnreachableError("a could not be written", why="busy", remedy="later")
    return Failure(error, is_passing=True, after_seconds=after_seconds)


def test_what_succeeds_is_not_waited_for() -> None:
    clock = Clock()
    assert patience(clock).keep_trying(Server(0), lambda _: passing()) == "done"
    assert clock.waits == []


def test_waits_double_up_to_the_longest() -> None:
    clock = Clock()
    assert patience(clock).keep_trying(Server(7), lambda _: passing()) == "done"
    assert clock.waits == [1, 2, 4, 8, 16, 30, 30]


def test_each_failure_that_is_tried_again_is_told_with_the_wait() -> None:
    clock = Clock()
    told: list[tuple[str, float]] = []
    patient = replace(
        patience(clock), trying_again=lambda error, pause: told.append((error.why, pause))
    )
    patient.keep_trying(Server(2), lambda _: passing())
    assert told == [("busy", 1), ("busy", 2)]


def test_half_of_a_wait_is_random() -> None:
    clock = Clock()
    patience(clock, chance=0.0).keep_trying(Server(3), lambda _: passing())
    assert clock.waits == [0.5, 1, 2]


def test_a_server_that_says_how_long_is_left_alone_for_so_long() -> None:
    clock = Clock()
    patience(clock).keep_trying(Server(2), lambda _: passing(after_seconds=45))
    assert clock.waits == [45, 45]


def test_what_does_not_pass_in_time_fails_and_says_how_often_it_was_tried() -> None:
    clock = Clock()
    server = Server(99)
    with pytest.raises(RepositoryUnreachableError) as found:
        patience(clock).keep_trying(server, lambda _: passing())
    assert found.value.why == f"busy (tried {server.tried} times)"
    assert clock.now <= 100


def test_a_wait_that_would_be_too_long_is_not_begun() -> None:
    clock = Clock()
    with pytest.raises(RepositoryUnreachableError):
        patience(clock).keep_trying(Server(1), lambda _: passing(after_seconds=101))
    assert clock.waits == []


def test_what_does_not_pass_is_not_tried_again() -> None:
    clock = Clock()
    server = Server(99)
    refused = RepositoryRefusedError("a could not be written", why="wrong key")
    with pytest.raises(RepositoryRefusedError, match="a could not be written"):
        patience(clock).keep_trying(server, lambda _: Failure(refused))
    assert server.tried == 1


def test_what_is_not_understood_goes_through() -> None:
    with pytest.raises(OSError, match="broken"):
        patience(Clock()).keep_trying(Server(1), lambda _: None)


def test_a_wait_that_is_cut_short_is_the_end() -> None:
    clock = Clock()
    server = Server(99)
    stopped = Patience(1, 30, 100, lambda _: True, clock, lambda: 1.0)
    with pytest.raises(RepositoryUnreachableError):
        stopped.keep_trying(server, lambda _: passing())
    assert server.tried == 1


def test_bytes_go_through_at_the_rate_that_is_allowed() -> None:
    clock = Clock()
    throttle = Throttle(1000, now=clock, wait=clock.wait)
    for _ in range(100):
        throttle.take(100)
    assert clock.now == pytest.approx(10, abs=0.5)


def test_time_that_went_by_unused_is_not_saved_up() -> None:
    clock = Clock()
    throttle = Throttle(1000, now=clock, wait=clock.wait)
    clock.now = 3600
    throttle.take(5000)
    assert clock.now - 3600 == pytest.approx(5, abs=0.5)


def test_without_a_limit_nothing_waits() -> None:
    clock = Clock()
    Throttle(0, now=clock, wait=clock.wait).take(10**12)
    assert clock.waits == []
