"""How much time a chart shows: what is recorded, in aligned buckets that fill its columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tui.widgets.stretch import span_minutes, stretch_before

NOW = datetime(2026, 3, 1, 12, 0, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("recorded_minutes", "most", "shown"),
    [(0.2, 60, 2), (2, 60, 2), (2.1, 60, 5), (9, 60, 10), (31, 60, 40), (41, 60, 60),
     (500, 60, 60), (3, 5, 5), (50, 45, 45), (50, 1440, 60), (800, 1440, 1440)],
)  # fmt: skip
def test_the_span_is_the_shortest_that_holds_what_is_recorded(
    recorded_minutes: float, most: int, shown: int
) -> None:
    assert span_minutes(timedelta(minutes=recorded_minutes), most) == shown


def test_while_nothing_is_known_all_that_may_be_shown_is() -> None:
    assert span_minutes(None, 60) == 60


@pytest.mark.parametrize("minutes", [2, 5, 10, 20, 40, 60, 1440])
@pytest.mark.parametrize("columns", [1, 20, 28, 52, 111, 190])
@pytest.mark.parametrize("least", [0, 60])
def test_a_stretch_ends_now_and_is_hardly_longer_than_asked(
    minutes: int, columns: int, least: int
) -> None:
    stretch = stretch_before(NOW, minutes, columns, least)
    bucket = timedelta(seconds=stretch.bucket_seconds)
    assert stretch.buckets <= columns
    assert stretch.bucket_seconds >= least
    assert stretch.end - stretch.start == stretch.buckets * bucket
    assert NOW <= stretch.end < NOW + bucket
    assert stretch.end - stretch.start < timedelta(minutes=minutes) + bucket


@pytest.mark.parametrize("minutes", [2, 5, 10, 20, 40, 60, 1440])
@pytest.mark.parametrize("columns", [1, 20, 28, 52, 111, 190])
def test_it_is_read_in_the_buckets_that_a_store_has(minutes: int, columns: int) -> None:
    stretch = stretch_before(NOW, minutes, columns)
    read = stretch.bucket_seconds / stretch.parts
    assert read == round(read)
    assert read <= 60 or read % 60 == 0
    assert stretch.bucket_seconds % 5 == 0


def test_it_stands_still_until_a_bucket_is_over_and_then_moves_by_one() -> None:
    before = stretch_before(NOW, 10, 52)
    bucket = timedelta(seconds=before.bucket_seconds)
    assert stretch_before(NOW + timedelta(seconds=2), 10, 52) == before
    after = stretch_before(NOW + bucket, 10, 52)
    assert (after.start, after.end) == (before.start + bucket, before.end + bucket)
