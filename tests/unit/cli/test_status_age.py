"""``status`` shows what is of now; what is not says how old it is."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from core.api.configuration import ThresholdSettings
from core.api.current import only_current
from core.api.status import seconds_of_silence, silent, unanswered
from core.model.health import Health
from core.model.server import Link, LinkState
from core.model.snapshot import Frame, Taken
from core.model.unknown import Unknown
from tests.unit.cli.frames import ENTRY, NOW, connections, finding, frame, taken
from tui.status.document import document
from tui.status.look import Look
from tui.status.plugin import perfdata
from tui.status.text import text

READINGS = ("server", "connections", "statements", "databases", "cost")
LIMITS = ThresholdSettings()
EARLIER = Link(LinkState.CONNECTED, NOW - timedelta(minutes=30))
DOWN = Link(LinkState.UNREACHABLE, NOW - timedelta(minutes=3), what="db can't be reached")


def read_before(seconds: float, link: Link = EARLIER) -> Frame:
    """A frame whose readings are ``seconds`` old; the link was just told of."""
    found = frame(Health.CRITICAL)
    at = NOW - timedelta(seconds=seconds)
    old = {name: dataclasses.replace(getattr(found, name), at=at) for name in READINGS}
    return dataclasses.replace(found, link=taken(link), **old)


def values(shown: Frame) -> set[str]:
    return {str(figure).split("=")[1].split(";")[0] for figure in perfdata(shown, LIMITS)}


def server_of(shown: Frame) -> dict[str, Any]:
    (server,) = document([Look(ENTRY, shown)])["servers"]
    return dict(server)


def test_readings_of_now_stay_as_they_are() -> None:
    fresh = read_before(2)
    assert only_current(fresh, 6) == fresh


@pytest.mark.parametrize(
    "link", [dataclasses.replace(DOWN, state=state) for state in LinkState if state != "connected"]
)
def test_a_server_that_is_not_connected_has_no_figures(link: Link) -> None:
    shown = only_current(read_before(180, link), 6)
    assert values(shown) == {"U"}
    server = server_of(shown)
    for part in ("server", "connections", "statements", "databases"):
        assert server[part] is None
        assert server["unknown"][part]["reason"] == "last read 3 min ago: db can't be reached"
    assert server["age_seconds"] == 180


def test_the_text_of_a_dead_server_has_no_uptime_and_no_pool_but_the_age_of_what_was_read() -> None:
    shown = text([Look(ENTRY, only_current(read_before(180, DOWN), 6))])
    assert shown.splitlines()[0] == "CRITICAL  orders"
    assert "connections ? last read 3 min ago: db can't be reached" in shown
    assert shown.endswith("postgresql://pgvigil@db/orders, looked at 3 min ago")
    assert "up " not in shown


def test_one_subject_that_nobody_renews_is_unknown_beside_the_others() -> None:
    old = Taken(NOW - timedelta(seconds=11), 2.0, connections())
    shown = only_current(dataclasses.replace(read_before(2), connections=old), 6)
    assert shown.connections == dataclasses.replace(
        old, body=Unknown("last read 11 s ago: nothing newer came")
    )
    assert shown.statements == read_before(2).statements


def test_what_was_read_over_an_earlier_connection_is_not_of_now() -> None:
    since = Link(LinkState.CONNECTED, NOW - timedelta(seconds=1))
    assert values(only_current(read_before(3, since), 6)) == {"U"}


def test_an_unknown_answer_shows_nothing_that_was_read_before_its_wait() -> None:
    assert values(unanswered(read_before(15), 10)) == {"U"}
    assert values(unanswered(read_before(2), 10)) != {"U"}


def test_an_unknown_answer_tells_an_old_finding_with_its_age() -> None:
    found = frame(Health.CRITICAL, finding()).assessment
    assert found is not None
    old = dataclasses.replace(found, at=NOW - timedelta(minutes=5))
    shown = Look(ENTRY, unanswered(dataclasses.replace(read_before(300), assessment=old), 10))
    (only,) = shown.findings
    assert only.title == "No fresh data within 10 s"
    assert "found 5 min ago: Connections at 98 %" in only.detail


def test_a_server_of_which_nothing_was_ever_read_says_so_of_each_part() -> None:
    unread: dict[str, Any] = dict.fromkeys(READINGS)
    nothing = dataclasses.replace(read_before(1, DOWN), **unread)
    server = server_of(only_current(nothing, 6))
    assert server["age_seconds"] is None
    assert server["unknown"]["connections"]["reason"] == "nothing was read of it yet"
    assert text([Look(ENTRY, nothing)]).endswith(", never read")


def connecting(seconds: float) -> Frame:
    """A frame whose attempt to connect has lasted ``seconds``."""
    since = NOW - timedelta(seconds=seconds)
    link: Taken[Link] = Taken(since, 10.0, Link(LinkState.CONNECTING, since))
    return dataclasses.replace(read_before(180), link=link)


def test_an_attempt_to_connect_that_lasts_is_critical_and_names_the_server_and_the_time() -> None:
    waiting = connecting(8)
    assert seconds_of_silence(waiting, 6) == 8
    shown = Look(ENTRY, silent(only_current(waiting, 6), ENTRY.target, 8))
    assert shown.health is Health.CRITICAL
    assert shown.findings[0].title == "No answer from postgresql://pgvigil@db/orders for 8 s"
    assert values(shown.frame) == {"U"}


@pytest.mark.parametrize(
    "frame_",
    [read_before(2), read_before(2, DOWN), connecting(300), Frame("orders", NOW, live=True)],
)
def test_without_an_attempt_that_is_still_going_on_nothing_is_said_of_its_length(
    frame_: Frame,
) -> None:
    assert seconds_of_silence(frame_, 6) == 0
