"""Equal buckets of time: how a chart's span is divided, and which roll-up each part is read from.

Buckets begin at multiples of their own length, so that a chart that moves on by a tick keeps all of
its buckets but the last. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.store.moments import HOUR, MINUTE, SECOND, ceil_to, floor_to


@dataclass(frozen=True, slots=True)
class Buckets:
    """``size``-long buckets from ``start`` to ``end``, all in microseconds."""

    start: int
    end: int
    size: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a server's samples is there, in microseconds.

    Raw ones from ``raw_from`` on; whole minutes from ``minutes_from`` until ``rolled_until``;
    whole hours until the hour of ``rolled_until``.
    """

    raw_from: int = 0
    minutes_from: int = 0
    rolled_until: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A span that is read from one table; empty when it ends where it starts."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Parts:
    """Which span is read from which table; together they cover the whole without an overlap."""

    hours: Part
    minutes: Part
    raw: Part


def divide(start: int, end: int, count: int, least: int = SECOND) -> Buckets:
    """At most ``count`` buckets (and one more at the edges) that cover ``start`` to ``end``.

    A bucket is a whole number of seconds, of minutes from a minute on, and of hours from an hour
    on, so that a rolled-up row never belongs to two; it is never shorter than ``least``.
    """
    wanted = max(-(-max(end - start, 1) // max(count, 1)), least)
    unit = SECOND if wanted <= MINUTE else MINUTE if wanted <= HOUR else HOUR
    size = ceil_to(wanted, unit)
    return Buckets(floor_to(start, size), ceil_to(end, size), size)


def sources(buckets: Buckets, kept: Kept) -> Parts:
    """Where each part of ``buckets`` is read from: the coarsest rows that lose nothing.

    Where the fine rows are gone already, the coarser ones stand in for them.
    """
    if buckets.size < MINUTE:
        raw_start = min(kept.raw_from, kept.rolled_until)
        minutes_start = kept.minutes_from
    else:
        raw_start = kept.rolled_until
        minutes_start = (
            kept.minutes_from if buckets.size < HOUR else floor_to(kept.rolled_until, HOUR)
        )
    raw_start = _within(raw_start, buckets)
    minutes_start = min(_within(minutes_start, buckets), raw_start)
    return Parts(
        hours=Part(buckets.start, minutes_start),
        minutes=Part(minutes_start, raw_start),
        raw=Part(raw_start, buckets.end),
    )


def _within(moment: int, buckets: Buckets) -> int:
    return max(buckets.start, min(moment, buckets.end))
