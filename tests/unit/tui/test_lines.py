"""Lines take exactly the cells that they promise, and never cut without a sign."""

from __future__ import annotations

import pytest

from tui.lines import (
    Role,
    Span,
    centre,
    crop,
    crop_text,
    joined,
    line,
    pad,
    plain,
    right,
    spread,
    width_of,
    wrap,
)

MIXED = line("pool ", Span("日本語", Role.STRONG), " é\N{COMBINING ACUTE ACCENT}x")


def test_empty_parts_fall_away() -> None:
    assert line("", Span("a"), "", (Span("b"),)) == (Span("a"), Span("b"))


def test_wide_characters_take_two_cells_and_combining_marks_none() -> None:
    assert width_of(MIXED) == 5 + 6 + 3


@pytest.mark.parametrize("width", range(20))
def test_padding_gives_exactly_the_width(width: int) -> None:
    for build in (pad, right, centre):
        assert width_of(build(MIXED, width)) == width


@pytest.mark.parametrize("width", range(14))
def test_a_cropped_line_ends_in_an_ellipsis(width: int) -> None:
    cropped = crop(MIXED, width)
    assert width_of(cropped) <= width
    if width:
        assert plain(cropped).endswith("…")


def test_a_line_that_fits_is_left_alone() -> None:
    assert crop(MIXED, 14) is MIXED


def test_cropping_at_the_border_of_two_spans_still_says_so() -> None:
    assert plain(crop((Span("abcd"), Span("e")), 4)) == "abc…"


def test_a_wide_character_is_never_halved() -> None:
    assert crop_text("日本語", 4) == "日…"
    assert crop_text("日本語", 5) == "日本…"
    assert crop_text("日本語", 6) == "日本語"


def test_a_megabyte_is_cropped_without_being_measured() -> None:
    assert crop_text("x" * 1_000_000, 3) == "xx…"


def test_spread_keeps_the_right_part_whole() -> None:
    assert plain(spread(line("orders"), line("42 ms"), 14)) == "orders   42 ms"
    assert plain(spread(line("orders_archive"), line("42 ms"), 12)) == "order… 42 ms"
    assert plain(spread(line("orders"), line("42 ms"), 3)) == "42…"


def test_joined_leaves_out_what_is_empty() -> None:
    assert plain(joined([line("a"), (), line("b")], " · ")) == "a · b"


def test_text_wraps_at_spaces_and_breaks_what_has_none() -> None:
    assert [plain(piece) for piece in wrap("select id from orders", 9)] == [
        "select id",
        "from",
        "orders",
    ]
    assert [plain(piece) for piece in wrap("abcdefgh ij\n\nk", 3)] == [
        "abc", "def", "gh", "ij", "", "k",
    ]  # fmt: skip
    assert [plain(piece) for piece in wrap("日本語", 3)] == ["日", "本", "語"]


def test_nothing_fits_no_width() -> None:
    assert wrap("text", 0) == []
    assert crop_text("text", 0) == ""
