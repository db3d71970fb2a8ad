"""Columns share a line: what matters stays, and no line is wider than the terminal."""

from __future__ import annotations

import pytest

from tui.panes.schedules import SCHEDULE_COLUMNS
from tui.widgets.columns import GAP, Column, lay_out

COLUMNS = (
    Column("pid", "pid", 6, importance=1),
    Column("user", "user", 10, importance=3),
    Column("state", "state", 10, importance=2),
    Column("query", "query", 12, importance=5, grow=2),
    Column("client", "client", 10, importance=2, grow=1),
)


def keys(width: int, skipped: int = 0) -> list[str]:
    return [placed.column.key for placed in lay_out(COLUMNS, width, skipped).placed]


@pytest.mark.parametrize("width", range(120))
def test_no_line_is_wider_than_there_is_room(width: int) -> None:
    placed = lay_out(COLUMNS, width).placed
    assert placed[0].width == min(6, width)
    if width >= 6:
        assert placed[-1].start + placed[-1].width <= width


def test_all_columns_are_shown_where_there_is_room() -> None:
    layout = lay_out(COLUMNS, 100)
    assert layout.hidden == 0
    assert layout.placed[-1].start + layout.placed[-1].width == 100


def test_the_least_important_gives_way_first_and_of_equals_the_last() -> None:
    assert keys(56) == ["pid", "user", "state", "query", "client"]
    assert keys(55) == ["pid", "user", "state", "query"]
    assert keys(40) == ["pid", "user", "query"]
    assert keys(30) == ["pid", "query"]
    assert keys(5) == ["pid"]


def test_what_is_left_over_goes_to_those_that_grow() -> None:
    widths = {placed.column.key: placed.width for placed in lay_out(COLUMNS, 86).placed}
    assert (widths["pid"], widths["query"], widths["client"]) == (6, 32, 20)


def test_skipping_brings_in_what_had_to_give_way() -> None:
    assert "client" not in keys(40)
    assert keys(40, skipped=2) == ["pid", "query", "client"]


@pytest.mark.parametrize("by", range(len(COLUMNS)))
@pytest.mark.parametrize("skipped", range(4))
@pytest.mark.parametrize("width", [24, 30, 40, 56])
def test_the_column_sorted_by_is_in_sight_wherever_one_looks(
    width: int, skipped: int, by: int
) -> None:
    shown = lay_out(COLUMNS, width, skipped, by).placed
    assert by in [placed.index for placed in shown]
    assert shown[-1].start + shown[-1].width <= width


def test_the_column_sorted_by_has_room_for_its_mark() -> None:
    columns = (
        Column("pid", "pid", 7),
        Column("blocked", "blocked by", 10),
        Column("q", "query", 9),
    )
    assert lay_out(columns, 40).placed[1].width == len("blocked by")
    assert lay_out(columns, 40, sorted_by=1).placed[1].width == len("blocked by↓")


def test_a_place_belongs_to_its_column_with_the_gap_behind_it() -> None:
    layout = lay_out(COLUMNS, 100)
    assert [found.column.key if (found := layout.at(x)) else None for x in (0, 5, 5 + GAP, 8)] == [
        "pid", "pid", "pid", "user",
    ]  # fmt: skip
    assert layout.at(500) is None


def test_a_cron_rule_with_range_and_step_stands_whole_where_its_column_is_shown() -> None:
    placed = lay_out(SCHEDULE_COLUMNS, 196).placed
    (cron,) = (each.width for each in placed if each.column.key == "cron")
    assert cron >= len("27-59/30 * * * *")


TEXTS = (
    Column("at", "at", 10, importance=9, least=5),
    Column("what", "what", 12, importance=8, grow=1),
    Column("to", "to", 12, importance=7, grow=3, least=4),
    Column("who", "by", 10, importance=6),
    Column("note", "note", 10, importance=2),
)


def widths(width: int, *wanted: int) -> dict[str, int]:
    return {each.column.key: each.width for each in lay_out(TEXTS, width, wanted=wanted).placed}


def test_what_no_text_needs_goes_to_one_that_would_be_cut() -> None:
    # By their shares alone "to" would get most of the 20 cells, for nothing.
    assert widths(82, 10, 30, 12, 10, 10) == {
        "at": 10, "what": 30, "to": 14, "who": 10, "note": 10,
    }  # fmt: skip
    assert widths(82, 10, 12, 12, 25, 10)["who"] == 25


def test_columns_of_short_texts_lend_cells_down_to_their_least() -> None:
    assert widths(62, 5, 22, 8, 10, 10) == {"at": 5, "what": 21, "to": 8, "who": 10, "note": 10}
    assert widths(62, 1, 90, 1, 10, 10)["at"] == 5


def test_none_lends_where_no_text_is_cut() -> None:
    assert widths(62, 1, 2, 3, 4, 5) == {"at": 10, "what": 12, "to": 12, "who": 10, "note": 10}


def test_a_column_comes_in_where_no_text_is_cut_for_it() -> None:
    assert "note" in widths(58, 5, 12, 8, 10, 10)
    assert "note" not in widths(58, 5, 18, 8, 10, 10)


@pytest.mark.parametrize("width", range(10, 110))
@pytest.mark.parametrize("wanted", [(3, 40, 9, 3, 3), (19, 7, 30, 12, 50), (10, 99, 99, 99, 99)])
def test_no_text_is_cut_while_cells_are_free(width: int, wanted: tuple[int, ...]) -> None:
    placed = lay_out(TEXTS, width, wanted=wanted).placed
    assert placed[-1].start + placed[-1].width <= width
    if any(wanted[each.index] > each.width for each in placed):
        free = width - placed[-1].start - placed[-1].width
        assert free == 0 or len(placed) == 1
        for each in placed:
            needed = max(wanted[each.index], TEXTS[each.index].least or TEXTS[each.index].width)
            assert each.width <= needed
