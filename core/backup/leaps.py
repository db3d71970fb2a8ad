"""Whether a clock may have leapt ahead: far more time between two backups than usual.

A backup that is taken by a wrong clock, and the prune that looks at it by the same one, agree with
each other. What they can't make is what lies between: the backups that would have been taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from core.backup.timeline import Timeline
from core.config.retention_settings import RetentionSettings

_LOOKED_AT = 10
_FEWEST = 3
_SEVERAL = 3


@dataclass(frozen=True, slots=True)
class Leap:
    """A time without backups that is unusually long, from the last before it to the next."""

    since: datetime
    until: datetime


def leap_among(line: Timeline, settings: RetentionSettings, now: datetime) -> Leap | None:
    """The last leap behind which ``settle_days`` of backups don't stand yet; of ``now``, too.

    Unusual is what is longer than ``jump_days``, and several times the longest of the intervals
    just before: where retention has thinned, those are long as well. Of few backups none can be
    told.
    """
    if not line.entries or not settings.settle_days:
        return None
    first, settle = line.readings[0], timedelta(days=settings.settle_days)
    moments = [first[entry.backup_id] for entry in line.entries]
    newest = moments[-1]
    moments.append(max(now, newest))
    for place in range(len(moments) - 1, _FEWEST, -1):
        since, until = moments[place - 1 : place + 1]
        if until + settle <= newest:
            return None
        before = moments[max(0, place - 1 - _LOOKED_AT) : place]
        if until - since > _usual(before, timedelta(days=settings.jump_days)):
            return Leap(since, until)
    return None


def _usual(moments: Sequence[datetime], least: timedelta) -> timedelta:
    return max(least, _SEVERAL * max(b - a for a, b in pairwise(moments)))
