"""What is open: of the server, and of pgvigil itself; each told once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import StoreError
from core.model.health import Area, Assessment, Health, Severity
from core.model.server import Link
from core.model.snapshot import Taken
from tests.tui import frames
from tests.unit.panes.shown import text_of, view_of
from tui.panes.findings import findings_lines
from tui.panes.server import server_lines
from tui.panes.status import status_lines
from tui.panes.view import Mode

pytestmark = pytest.mark.usefixtures("utc")

TROUBLE = StoreError(
    "The store can't be read", why="it is damaged", remedy="move it away; a new one is made"
)
NOTICE = frames.finding(Area.PGVIGIL, Severity.INFO, "reload the service")


def test_what_is_critical_and_still_comes_in_stands_before_the_trouble_beside_it() -> None:
    view = replace(view_of(frames.incident()), trouble=TROUBLE)
    told = [(each.severity, each.title == TROUBLE.what) for each in view.findings]
    assert told == sorted(told, key=lambda each: (each[0] < Severity.CRITICAL, not each[1]))
    assert told[0] == (Severity.CRITICAL, False)
    assert (Severity.HIGH, True) in told


def test_trouble_is_as_old_as_it_is_whatever_comes_in_since() -> None:
    began = frames.seconds_ago(40)
    view = replace(view_of(frames.calm()), trouble=TROUBLE, troubled_since=began)
    assert [each.since for each in view.findings] == [began]


def test_why_nothing_new_comes_is_the_first_finding_with_what_to_do() -> None:
    view = replace(view_of(frames.incident(), seconds_later=10), trouble=TROUBLE)
    first, *others = view.findings
    assert (first.title, first.detail, first.advice) == (TROUBLE.what, TROUBLE.why, TROUBLE.remedy)
    assert tuple(others) == view.assessment.findings
    assert TROUBLE.what in text_of(findings_lines(view, 100, 30))


def test_of_the_past_only_what_was_found_then_is_told() -> None:
    view = replace(view_of(frames.incident(), Mode.REWOUND), trouble=TROUBLE, notices=(NOTICE,))
    assert view.findings == view.assessment.findings


def test_a_notice_comes_last_and_is_the_headline_of_a_calm_server() -> None:
    view = replace(view_of(frames.incident()), notices=(NOTICE,))
    assert view.findings[-1] is NOTICE
    calm = replace(view_of(frames.calm()), notices=(NOTICE,))
    assert (
        text_of(status_lines(calm, 120))
        .splitlines()[1]
        .startswith("• OK  1 finding: reload the service")
    )


def test_the_servers_area_tells_once_why_it_cannot_be_reached() -> None:
    frame = frames.link_down()
    assert frame.link is not None
    assert isinstance(frame.link.body, Link)
    view = view_of(frame)
    assert any(each.title.rstrip(".") == frame.link.body.what.rstrip(".") for each in view.findings)
    assert text_of(server_lines(view, 200)).count(frame.link.body.what.rstrip(".")) == 1


def test_the_servers_area_tells_once_that_the_store_cannot_be_read() -> None:
    view = replace(view_of(frames.nothing()), trouble=TROUBLE)
    assert text_of(server_lines(view, 200)).count(TROUBLE.what) == 1


def test_a_findings_title_tells_of_when_its_figures_are() -> None:
    finding = replace(
        frames.finding(Area.QUERIES, Severity.WARNING, "A query took 3.0 s in the mean"),
        figures_at=frames.seconds_ago(12),
    )
    frame = replace(
        frames.calm(),
        assessment=Taken(frames.NOW, 2, Assessment(Health.WARNING, (finding,))),
    )
    told = text_of(findings_lines(view_of(frame), 100, 20))
    assert "A query took 3.0 s in the mean, at 14:03:15" in told
