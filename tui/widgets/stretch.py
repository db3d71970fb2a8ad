"""Which stretch of time a chart shows, and in what buckets: pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

SPANS = (2, 5, 10, 20, 40, 60, 120, 240, 480, 720, 1440, 4320, 10_080, 20_160, 43_200)
"""Minutes that a chart shows while less is recorded than it may show."""
STEPS = ((60, 5), (120, 10), (300, 30), (math.inf, 60))
"""Up to how many seconds a bucket is a multiple of how many."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From ``start`` to ``end`` in ``buckets`` buckets, each drawn as one value.

    Both edges are multiples of a bucket's length, so that the stretch moves by whole buckets.
    ``parts`` is in how many equal parts a bucket is read: the store's own buckets are whole
    seconds, from a minute on whole minutes.
    """

    start: datetime
    end: datetime
    buckets: int
    bucket_seconds: int
    parts: int


def span_minutes(recorded: timedelta | None, most: int) -> int:
    """The minutes to show: the shortest span that holds what is recorded, ``most`` at most.

    ``None`` is what isn't known yet: all that may be shown.
    """
    if recorded is None:
        return most
    wanted = recorded / timedelta(minutes=1)
    return next((span for span in SPANS if wanted <= span < most), most)


def stretch_before(moment: datetime, minutes: int, columns: int, least: int = 0) -> Stretch:
    """About ``minutes`` before ``moment`` in at most ``columns`` buckets of ``least`` seconds."""
    wanted = max(minutes * 60 / max(1, columns), least)
    step = next(step for limit, step in STEPS if wanted <= limit)
    seconds = math.ceil(wanted / step) * step
    buckets = math.ceil(minutes * 60 / seconds)
    end = math.ceil(moment.timestamp() / seconds) * seconds
    whole = seconds <= 60 or seconds % 60 == 0
    return Stretch(
        start=datetime.fromtimestamp(end - buckets * seconds, moment.tzinfo),
        end=datetime.fromtimestamp(end, moment.tzinfo),
        buckets=buckets,
        bucket_seconds=seconds,
        parts=1 if whole else seconds // step,
    )
