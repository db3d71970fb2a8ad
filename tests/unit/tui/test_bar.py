"""Bars and sparklines: exact in width, honest at the edges, bad in word and sign too."""

from __future__ import annotations

import pytest

from core.model.unknown import Unknown
from tui.glyphs import FINE, PLAIN, Glyphs, glyphs_for
from tui.lines import Role, plain, width_of
from tui.widgets.gauge import Thresholds, bar, gauge, sparkline

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
    ("value", "role", "word"),
    [(79, Role.NUMBER, ""), (80, Role.WARNING, "warning"), (95, Role.CRITICAL, "critical")],
)
def test_a_threshold_shows_as_role_and_word(value: int, role: Role, word: str) -> None:
    line = gauge("pool", value, 100, 60, POOL, figure=f"{value} / 100")
    assert word in plain(line)
    assert role in {span.role for span in line}
    assert width_of(line) == 60


def test_without_room_for_a_bar_the_words_stand() -> None:
    assert plain(gauge("pool", 87, 100, 10, POOL, figure="87 / 100")) == (
        "pool  ▲ 87 / 100 87 % warning"
    )


def test_a_sparkline_shows_the_newest_at_the_right_and_gaps_as_gaps() -> None:
    assert plain(sparkline([0, 1, None, 8], 6, top=8)) == "  ▁▂ █"
    assert plain(sparkline([9, 9, 0, 1], 2, top=8)) == "▁▂"
    assert plain(sparkline([], 3)) == "   "
    assert plain(sparkline([0, 0], 2)) == "▁▁"
    assert plain(sparkline([0, 4], 2, glyphs=PLAIN)) == "_#"


def test_poor_terminals_get_plain_signs() -> None:
    assert glyphs_for({"TERM": "linux"}) is PLAIN
    assert glyphs_for({"TERM": "xterm-256color"}, "utf-8") is FINE
    assert glyphs_for({"TERM": "xterm-256color"}, "UTF8") is FINE
    assert glyphs_for({"TERM": "xterm-256color"}, "iso8859-1") is PLAIN
