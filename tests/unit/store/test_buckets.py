"""How a chart's span is divided, and where each part of it is read."""

from __future__ import annotations

import pytest

from core.store.buckets import Buckets, Kept, Part, divide, sources
from core.store.moments import DAY, HOUR, MINUTE, SECOND

MONDAY = 20_000 * DAY


@pytest.mark.parametrize(
    ("span", "count", "size"),
    [
        (HOUR, 120, 30 * SECOND),
        (HOUR, 100, 36 * SECOND),
        (5 * MINUTE, 200, 2 * SECOND),
        (SECOND, 200, SECOND),
        (HOUR, 60, MINUTE),
        (HOUR, 59, 2 * MINUTE),
        (DAY, 200, 8 * MINUTE),
        (DAY, 24, HOUR),
        (DAY, 23, 2 * HOUR),
        (365 * DAY, 200, 44 * HOUR),
    ],
)
def test_a_bucket_is_the_shortest_whole_unit_that_gives_no_more_than_the_count(
    span: int, count: int, size: int
) -> None:
    assert divide(MONDAY, MONDAY + span, count).size == size


def test_buckets_cover_the_whole_span_and_begin_at_multiples_of_their_size() -> None:
    division = divide(MONDAY + 17 * SECOND, MONDAY + HOUR + 17 * SECOND, 60)
    assert division == Buckets(MONDAY, MONDAY + HOUR + MINUTE, MINUTE)


def test_a_span_that_is_no_span_has_one_bucket() -> None:
    division = divide(MONDAY + 1, MONDAY + 1, 0)
    assert division == Buckets(MONDAY, MONDAY + SECOND, SECOND)


def test_a_bucket_is_never_shorter_than_what_is_recorded() -> None:
    assert divide(MONDAY, MONDAY + HOUR, 1000, least=MINUTE).size == MINUTE


@pytest.mark.parametrize("size", [SECOND, 30 * SECOND, MINUTE, 10 * MINUTE, HOUR, 3 * HOUR])
@pytest.mark.parametrize(
    "kept",
    [
        Kept(),
        Kept(rolled_until=MONDAY + 90 * MINUTE),
        Kept(MONDAY - 30 * MINUTE, MONDAY - 2 * HOUR, MONDAY + 90 * MINUTE),
        Kept(MONDAY + HOUR, MONDAY + HOUR, MONDAY + HOUR),
        Kept(rolled_until=MONDAY + 9 * DAY),
    ],
)
def test_the_parts_cover_the_span_once_and_are_read_where_they_are_kept(
    size: int, kept: Kept
) -> None:
    buckets = Buckets(MONDAY - 3 * HOUR, MONDAY + 6 * HOUR, size)
    parts = sources(buckets, kept)

    assert parts.hours.start == buckets.start
    assert parts.hours.end == parts.minutes.start
    assert parts.minutes.end == parts.raw.start
    assert parts.raw.end == buckets.end
    if parts.raw.start < parts.raw.end:
        assert parts.raw.start >= min(kept.raw_from, kept.rolled_until)
    if parts.minutes.start < parts.minutes.end:
        assert parts.minutes.end <= kept.rolled_until


def test_short_buckets_are_read_from_raw_samples_while_they_are_there() -> None:
    kept = Kept(raw_from=MONDAY, rolled_until=MONDAY + HOUR)
    buckets = Buckets(MONDAY - HOUR, MONDAY + 2 * HOUR, 30 * SECOND)

    parts = sources(buckets, kept)
    assert parts.minutes == Part(MONDAY - HOUR, MONDAY)
    assert parts.raw == Part(MONDAY, MONDAY + 2 * HOUR)


def test_long_buckets_are_read_from_hours_but_for_the_newest() -> None:
    kept = Kept(rolled_until=MONDAY + 90 * MINUTE)
    parts = sources(Buckets(MONDAY - DAY, MONDAY + 2 * HOUR, 2 * HOUR), kept)

    assert parts.hours == Part(MONDAY - DAY, MONDAY + HOUR)
    assert parts.minutes == Part(MONDAY + HOUR, MONDAY + 90 * MINUTE)
    assert parts.raw == Part(MONDAY + 90 * MINUTE, MONDAY + 2 * HOUR)
