"""How far the clock is believed when old records are dropped.

A clock that leaps ahead makes young records look old, and what is dropped is gone when it is set
right again. So a leap of more than an hour is believed only after a day, and nobody counts further
than to the newest record. Between two watchers there are leaps as well; a day's delay harms nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.store.moments import DAY, HOUR

_LEAP = HOUR
_DOUBT_LASTS = DAY


@dataclass(frozen=True, slots=True)
class Belief:
    """Until when the clock is believed, and since when it has been ahead of that; microseconds.

    ``doubted_since`` is 0 while there is no doubt.
    """

    until: int
    doubted_since: int = 0


def believe(before: Belief | None, now: int) -> Belief:
    """The belief after one more look at the clock; the first look is believed."""
    if before is None or now - before.until <= _LEAP:
        return Belief(now)
    since = before.doubted_since
    if not 0 < since <= now:
        return Belief(before.until, now)
    return Belief(now) if now - since >= _DOUBT_LASTS else before
