"""What holds for every pane of the overview, whatever the frame and the room."""

from __future__ import annotations

import unicodedata

import pytest

from core.model.snapshot import Frame
from tests.tui import backup_frames, frames
from tests.unit.panes.shown import Pane, assert_fits, text_of, view_of
from tui.lines import plain
from tui.panes.backups import backups_lines
from tui.panes.connections import connections_lines
from tui.panes.databases import databases_lines
from tui.panes.findings import findings_lines
from tui.panes.moment import moment_lines
from tui.panes.queries import queries_lines
from tui.panes.security import security_lines
from tui.panes.server import server_lines
from tui.panes.status import status_lines
from tui.panes.tiny import tiny_lines
from tui.panes.view import Mode

FRAMES = {
    "calm": frames.calm(),
    "incident": frames.incident(),
    "link down": frames.link_down(),
    "slots exhausted": frames.slots_exhausted(),
    "first contact": frames.first_contact(),
    "nothing": frames.nothing(),
    "hidden": frames.hidden(),
    "without statements": frames.without_statements(),
    "first statements": frames.first_statements(),
    "hostile": frames.hostile(),
    "stale": frames.stale(),
    "backups": backup_frames.calm(),
    "backup under way": backup_frames.under_way(),
    "backups failing": backup_frames.incident(),
    "no backup yet": backup_frames.with_backups(frames.calm(), backup_frames.not_yet()),
}
PANES: dict[str, Pane] = {
    "connections": connections_lines,
    "queries": queries_lines,
    "findings": findings_lines,
    "databases": databases_lines,
    "backups": backups_lines,
    "security": security_lines,
    "server": lambda view, width, height: server_lines(view, width)[:height],
    "status": lambda view, width, _: status_lines(view, width),
    "moment": lambda view, width, _: moment_lines(view, width),
    "tiny": tiny_lines,
}


@pytest.mark.parametrize("pane", PANES.values(), ids=PANES)
@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("room", [(39, 11), (80, 24), (66, 46), (20, 5), (7, 3)])
def test_a_pane_stays_within_its_room(pane: Pane, frame: Frame, room: tuple[int, int]) -> None:
    width, height = room
    assert_fits(pane(view_of(frame), width, height), width, height)


@pytest.mark.parametrize("pane", PANES.values(), ids=PANES)
@pytest.mark.parametrize("mode", list(Mode))
def test_no_control_character_of_a_hostile_server_is_in_a_pane(pane: Pane, mode: Mode) -> None:
    for line in pane(view_of(frames.hostile(), mode), 80, 24):
        categories = {unicodedata.category(character) for character in plain(line)}
        assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize("pane", PANES.values(), ids=PANES)
def test_a_pane_is_a_function_of_its_view_alone(pane: Pane) -> None:
    view = view_of(frames.incident())
    assert pane(view, 60, 20) == pane(view, 60, 20)


@pytest.mark.parametrize("pane", [connections_lines, queries_lines, databases_lines])
def test_no_figure_is_shown_while_the_server_can_not_be_reached(pane: Pane) -> None:
    text = text_of(pane(view_of(frames.link_down()), 60, 20))
    assert "%" not in text
    assert "slots" not in text
    assert "unreachable" in text or "does not answer" in text


@pytest.mark.parametrize("pane", [connections_lines, queries_lines, databases_lines])
def test_a_rewound_pane_shows_the_figures_of_its_moment_without_an_age(pane: Pane) -> None:
    text = text_of(pane(view_of(frames.calm(), Mode.REWOUND, seconds_later=3600), 60, 20))
    assert "ago" not in text
    assert "orders" in text or "14 of 97" in text


def test_a_findings_title_is_told_in_full_where_there_is_room() -> None:
    lines = findings_lines(view_of(frames.incident()), 40, 40)
    assert "…" not in text_of(lines)
    assert "4711" in text_of(lines)


@pytest.mark.parametrize("room", [(38, 7), (40, 7), (54, 11), (66, 9)])
def test_that_nothing_watches_for_attacks_yet_is_said_in_every_room(room: tuple[int, int]) -> None:
    text = " ".join(text_of(security_lines(view_of(frames.calm()), *room)).split())
    assert "No key and no command sets" in text
    assert "later release." in text
    assert "more" not in text


@pytest.mark.parametrize("room", [(38, 7), (40, 7), (54, 11), (66, 9)])
def test_how_backups_are_set_up_is_said_in_every_room(room: tuple[int, int]) -> None:
    text = " ".join(text_of(backups_lines(view_of(frames.calm()), *room)).split())
    for command in ("key init", "key confirm", "[repositories.local]", "copies", "backup run"):
        assert command in text
    assert "more" not in text
