"""Figures: a unit each, three digits, and unknown is not zero."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from core.model.unknown import Unknown
from tui import figures


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        (figures.interval, 0.31, "0.3 s"),
        (figures.interval, 6.2, "6 s"),
        (figures.interval, 185, "3 min 05 s"),
        (figures.size, 0, "0 B"),
        (figures.size, 512, "512 B"),
        (figures.size, 1536, "1.50 KiB"),
        (figures.size, 1024**3 * 12.34, "12.3 GiB"),
        (figures.size, 1024**2 - 1, "1.00 MiB"),
        (figures.size, -2048, "-2.00 KiB"),
        (figures.count, 0, "0"),
        (figures.count, 950, "950"),
        (figures.count, 12_400, "12.4 k"),
        (figures.count, 999_999, "1.00 M"),
        (figures.count, 0.4, "0.40"),
        (figures.rate, 0.4, "0.40/s"),
        (figures.rate, 12_400, "12.4 k/s"),
        (figures.percent, 0, "0 %"),
        (figures.percent, 0.0004, "<0.1 %"),
        (figures.percent, 0.004, "0.4 %"),
        (figures.percent, 0.5, "50 %"),
        (figures.percent, 0.9999, "99.9 %"),
        (figures.percent, 1, "100 %"),
        (figures.percent, 1.2, "120 %"),
        (figures.milliseconds, 0, "0 ms"),
        (figures.milliseconds, 0.0042, "<0.01 ms"),
        (figures.milliseconds, 0.01, "0.01 ms"),
        (figures.milliseconds, 0.042, "0.04 ms"),
        (figures.milliseconds, 12.34, "12.3 ms"),
        (figures.milliseconds, 999.6, "1.00 s"),
        (figures.milliseconds, 1200, "1.20 s"),
        (figures.milliseconds, 125_000, "2 min 05 s"),
        (figures.milliseconds, -5, "-5.00 ms"),
        (figures.duration, 0, "0 s"),
        (figures.duration, 0.04, "<0.1 s"),
        (figures.duration, 4.2, "4.2 s"),
        (figures.duration, 59.6, "1 min 00 s"),
        (figures.duration, timedelta(minutes=5, seconds=3), "5 min 03 s"),
        (figures.duration, timedelta(hours=2, minutes=5), "2 h 05 min"),
        (figures.duration, timedelta(days=3, hours=4), "3 d 04 h"),
        (figures.duration, -90, "-1 min 30 s"),
        (figures.age, 0.4, "now"),
        (figures.age, 3, "3 s ago"),
        (figures.age, 119, "119 s ago"),
        (figures.age, timedelta(minutes=5), "5 min ago"),
        (figures.age, timedelta(days=2), "2 d ago"),
        (figures.age, -3, "now"),
    ],
)
def test_a_figure_reads_as_people_say_it(
    function: Callable[[object], str], value: object, text: str
) -> None:
    assert function(value) == text


@pytest.mark.parametrize(
    "function",
    [figures.size, figures.count, figures.rate, figures.percent, figures.milliseconds,
     figures.duration, figures.age],
)  # fmt: skip
def test_unknown_is_not_zero(function: Callable[[object], str]) -> None:
    assert function(Unknown("no privilege")) == "?"


def test_a_part_stands_with_its_limit() -> None:
    assert figures.share(87, 100) == "87 / 100"
    assert figures.share(87, Unknown("no privilege")) == "87 / ?"


def test_a_moment_has_its_date_where_it_is_not_today() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    local = noon.astimezone()
    assert figures.moment(noon, relative_to=noon) == f"{local:%H:%M:%S}"
    assert (
        figures.moment(noon, relative_to=noon + timedelta(days=2)) == f"{local:%Y-%m-%d %H:%M:%S}"
    )
