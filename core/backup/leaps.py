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
_ONE_ROUND = timedelta(hours=12)


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
    newest, least = moments[-1], timedelta(days=settings.jump_days)
    moments.append(max(now, newest))
    for place in range(len(moments) - 1, 0, -1):
        since, until = moments[place - 1 : place + 1]
        if until + settle <= newest:
            return None
        if until - since > least:
            before = _intervals(moments[:place])
            if len(before) >= _FEWEST and until - since > _SEVERAL * max(before):
                return Leap(since, until)
    return None


def _intervals(moments: Sequence[datetime]) -> list[timedelta]:
    """The last ones; several databases, or steps of one, in half a day count as one backup."""
    rounds: list[datetime] = []
    for each in reversed(moments):
        if not rounds or rounds[-1] - each >= _ONE_ROUND:
            rounds.append(each)
        if len(rounds) > _LOOKED_AT:
            break
    return [later - earlier for later, earlier in pairwise(rounds)]
