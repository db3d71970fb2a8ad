"""A clock in large type: as large as there is room for, and the same time in each size."""

from __future__ import annotations

import pytest

from tui.glyphs import FINE, PLAIN
from tui.lines import plain, width_of
from tui.panes.large_digits import clock_text, large_lines


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00:00"), (59.99, "0:00:59"), (3661, "1:01:01"), (360_000, "100:00:00")],
)
def test_it_counts_hours_minutes_and_whole_seconds(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


@pytest.mark.parametrize(
    ("width", "rows", "high", "wide"),
    [(60, 5, 5, 46), (45, 5, 3, 23), (60, 4, 3, 23), (22, 5, 1, 7)],
)
def test_it_is_as_large_as_there_is_room_for(width: int, rows: int, high: int, wide: int) -> None:
    lines = large_lines("0:41:07", width, rows)
    assert (len(lines), {width_of(each) for each in lines}) == (high, {wide})


def test_a_terminal_without_half_blocks_gets_whole_ones_or_plain_digits() -> None:
    assert [plain(each) for each in large_lines("1:07", 60, 3, glyphs=PLAIN)] == ["1:07"]
    tall = [plain(each) for each in large_lines("17", 60, 5, glyphs=PLAIN)]
    assert set("".join(tall)) == {"█", " "}
    half = [plain(each) for each in large_lines("1:07", 60, 3, glyphs=FINE)]
    assert set("".join(half)) <= {"█", "▀", "▄", " "}
    assert half[0].rstrip() == "▄█  ▄ █▀█ ▀▀█"
