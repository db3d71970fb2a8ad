"""A cursor moves over panes that lie in a grid: to the nearest one that faces it."""

from __future__ import annotations

import pytest
from textual.geometry import Region

from tui.lines import Role, Span, plain
from tui.panes.parts import heading, under_cursor
from tui.screens.grid import Direction, beside

GRID = {
    "connections": Region(0, 2, 50, 20),
    "queries": Region(51, 2, 69, 20),
    "backups": Region(0, 22, 50, 8),
    "security": Region(51, 22, 69, 8),
}


@pytest.mark.parametrize(
    ("at", "direction", "there"),
    [
        ("connections", Direction.RIGHT, "queries"),
        ("connections", Direction.DOWN, "backups"),
        ("security", Direction.LEFT, "backups"),
        ("security", Direction.UP, "queries"),
        ("security", Direction.RIGHT, "security"),
        ("queries", Direction.UP, "queries"),
    ],
)
def test_it_goes_to_the_pane_beside_it_and_stays_at_the_edge(
    at: str, direction: Direction, there: str
) -> None:
    assert beside(GRID, at, direction) == there


@pytest.mark.parametrize("width", [12, 40, 80])
def test_its_mark_stands_before_the_title_and_nothing_else_is_lost(width: int) -> None:
    head = heading("Queries", width, key="3", note=Span("5 s", Role.MUTED))
    told = plain(under_cursor([head, (Span("below"),)], width)[0])
    assert told.startswith("▸ Queries")
    assert len(told) <= width
    assert width < 40 or told.endswith("5 s  3")
