"""An outage is one, whoever tells of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.config.settings import CollectSettings
from core.engine.outage import after_failure, seconds_to_rest, still_down
from core.errors import ServerError
from core.model.server import Link, LinkState
from core.model.snapshot import Snapshot, Subject
from core.model.unknown import Unknown

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DOWN = Link(
    LinkState.UNREACHABLE,
    NOON - timedelta(minutes=5),
    what="nothing listens",
    attempts=7,
    next_attempt_at=NOON + timedelta(seconds=20),
)
COLLECT = CollectSettings(reconnect_first_seconds=1, reconnect_most_seconds=30)
ERROR = ServerError("refused", why="the password", remedy="another one")


def found(link: Link | Unknown, seconds_ago: float = 1) -> Snapshot:
    return Snapshot("shop", Subject.LINK, NOON - timedelta(seconds=seconds_ago), 30, link)


def failed(before: Link | None, roll: float = 0.0) -> Link:
    return after_failure(before, LinkState.REFUSED, ERROR, NOON, COLLECT, roll=roll)


def test_what_another_watcher_just_found_down_is_down() -> None:
    assert still_down(found(DOWN), NOON, 6) == DOWN


@pytest.mark.parametrize("seconds_ago", [36.5, 86_400, -36.5])
def test_what_was_found_down_before_nobody_watched_is_not_known_to_be(seconds_ago: float) -> None:
    assert still_down(found(DOWN, seconds_ago), NOON, 6) is None


@pytest.mark.parametrize("seconds_ago", [35.5, -5])
def test_it_stays_down_until_its_next_sign_and_a_takeover_are_overdue(seconds_ago: float) -> None:
    assert still_down(found(DOWN, seconds_ago), NOON, 6) == DOWN


@pytest.mark.parametrize("state", [LinkState.CONNECTED, LinkState.CONNECTING])
def test_what_was_up_is_not_down(state: LinkState) -> None:
    assert still_down(found(replace(DOWN, state=state)), NOON, 6) is None


def test_what_is_not_known_is_not_down() -> None:
    assert still_down(None, NOON, 6) is None
    assert still_down(found(Unknown("no reason")), NOON, 6) is None


def test_the_first_failure_begins_an_outage() -> None:
    assert failed(Link(LinkState.CONNECTED, NOON - timedelta(hours=1))) == Link(
        LinkState.REFUSED,
        since=NOON,
        what="refused",
        why="the password",
        remedy="another one",
        attempts=1,
        next_attempt_at=NOON + timedelta(seconds=1),
    )
    assert failed(None) == failed(Link(LinkState.CONNECTING, NOON))


def test_a_failure_after_another_watchers_goes_on_from_it() -> None:
    link = failed(DOWN)
    assert (link.since, link.attempts, link.what) == (DOWN.since, 8, "refused")
    assert link.next_attempt_at == NOON + timedelta(seconds=30)


def test_waits_double_and_are_shortened_at_random() -> None:
    third = failed(failed(failed(None)), roll=1.0)
    assert third.next_attempt_at == NOON + timedelta(seconds=2)


def test_the_server_is_left_alone_until_the_next_attempt_is_due() -> None:
    assert seconds_to_rest(DOWN, NOON, 30) == 20
    assert seconds_to_rest(DOWN, NOON + timedelta(minutes=1), 30) == 0
    assert seconds_to_rest(None, NOON, 30) == 0
    assert seconds_to_rest(Link(LinkState.CONNECTED, NOON), NOON, 30) == 0


def test_another_hosts_clock_lets_nobody_rest_for_longer_than_the_longest_wait() -> None:
    assert seconds_to_rest(DOWN, NOON - timedelta(hours=1), 30) == 30
