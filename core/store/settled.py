"""Buckets that a chart has read before and that will not change: they need not be read again.

A chart that moves on with each tick shows nearly the same buckets each time. Only those that are
young enough for another sample are read anew, and all of them once in a while, for late samples.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import Row

from core.store.buckets import Buckets
from core.store.moments import MINUTE, SECOND, floor_to

_SETTLES_AFTER = 15 * SECOND
_READ_AGAIN_AFTER = 5 * MINUTE
_KEPT = 64


class Bucket:
    """What falls into one bucket; the parts of a span may meet within it."""

    __slots__ = ("count", "high", "low", "total")

    def __init__(self) -> None:
        self.low = math.inf
        self.high = -math.inf
        self.total = 0.0
        self.count = 0

    def add(self, row: Row[Any]) -> None:
        """Count what one table has of the bucket."""
        self.low = min(self.low, row.low)
        self.high = max(self.high, row.high)
        self.total += float(row.total)
        self.count += int(row.count_)


Merged = dict[int, dict[int, Bucket]]
"""Buckets by number, by the metric's number."""

Key = tuple[int, tuple[int, ...], int]


@dataclass(frozen=True, slots=True)
class Settled:
    """Buckets from ``start`` on that will not change, until the one that begins at ``until``."""

    start: int
    until: int
    read_at: int
    merged: Merged


class SettledBuckets:
    """The settled buckets of the charts that were asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Settled] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Key, division: Buckets) -> Settled | None:
        """What needs not be read of ``division``; ``None`` when all of it must be."""
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or not kept.start <= division.start < kept.until <= division.end:
            return None
        first = division.start // division.size
        merged = {
            metric: {number: bucket for number, bucket in buckets.items() if number >= first}
            for metric, buckets in kept.merged.items()
        }
        return Settled(division.start, kept.until, kept.read_at, merged)

    def keep(self, key: Key, division: Buckets, merged: Merged, now: int) -> None:
        """Remember what of ``merged`` is settled at ``now``, for a while after the first time."""
        with self._lock:
            before = self._kept.pop(key, None)
            whole = before is None or not before.start <= division.start < before.until
            read_at = now if before is None or whole else before.read_at
            if now - read_at > _READ_AGAIN_AFTER:
                return
            until = min(floor_to(now - _SETTLES_AFTER, division.size), division.end)
            last = until // division.size
            settled = {
                metric: {number: bucket for number, bucket in buckets.items() if number < last}
                for metric, buckets in merged.items()
            }
            self._kept[key] = Settled(division.start, until, read_at, settled)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
