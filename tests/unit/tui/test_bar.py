"""Bars: exact in width, honest at the edges."""

from __future__ import annotations

import pytest

from core.model.unknown import Unknown
from tui.glyphs import FINE, PLAIN, Glyphs, glyphs_for
from tui.lines import Role, plain, width_of
from tui.widgets.bar import Thresholds, bar

POOL = Thresholds(0.8, 0.95)
UNKNOWN = Unknown("no privilege")


@pytest.mark.parametrize("glyphs", [FINE, PLAIN])
@pytest.mark.parametrize("width", [0, 1, 7, 40])
@pytest.mark.parametrize("value", [0, 0.001, 50, 99.999, 100, 1000, -3])
def test_a_bar_takes_exactly_its_width(value: float, width: int, glyphs: Glyphs) -> None:
    assert width_of(bar(value, 100, width, POOL, glyphs)) == width


def test_a_bar_is_filled_by_the_ratio() -> None:
    assert plain(bar(50, 100, 4)) == "██░░"
    assert plain(bar(100, 100, 4)) == "████"
    assert plain(bar(0, 100, 4)) == "░░░░"
    assert plain(bar(50, 100, 4, glyphs=PLAIN)) == "##.."


def test_a_little_is_not_nothing() -> None:
    assert plain(bar(0.001, 100, 4)).startswith("▏")


def test_an_unknown_figure_is_no_empty_bar() -> None:
    for line in (bar(UNKNOWN, 100, 5), bar(5, UNKNOWN, 5), bar(5, 0, 5)):
        assert plain(line) == "?░░░░"


@pytest.mark.parametrize(
    ("value", "role"),
    [(79, Role.BAR_FULL), (80, Role.BAR_WARNING), (95, Role.BAR_CRITICAL)],
)
def test_a_threshold_shows_in_the_colour_of_the_bar(value: int, role: Role) -> None:
    assert bar(value, 100, 10, POOL)[0].role is role


def test_poor_terminals_get_plain_signs() -> None:
    assert glyphs_for({"TERM": "linux"}) is PLAIN
    assert glyphs_for({"TERM": "xterm-256color"}, "utf-8") is FINE
    assert glyphs_for({"TERM": "xterm-256color"}, "UTF8") is FINE
    assert glyphs_for({"TERM": "xterm-256color"}, "iso8859-1") is PLAIN
