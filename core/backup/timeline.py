"""When each backup was taken, as far as the clocks can be believed.

What came after what is known whatever the clocks said: a backup that is taken notes its place after
those that are there already. That is a hybrid logical clock (Kulkarni, Demirbas, Madappa, Avva,
Leone, 2014). A moment that contradicts this order, or that is to come, is not believed where more
of the others agree with one another: those of a longest sequence that never goes back (Schensted
1961). Nor is that of a backup whose own two times contradict one another. But those that retention
has thinned have few votes. So there are two more readings, without votes: that those which needed
a place were behind, where a later one needed none; and that those before them were ahead.
docs/backup-operations.md argues that nothing is deleted too early by it, nor for ever too late.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter

from core.backup.clocks import clock_gap
from core.model.backup import CatalogEntry

_TOLERANCE = timedelta(minutes=5)
_NEXT = timedelta(microseconds=1)
_SELDOM_LONGER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Timeline:
    """One server's backups in the order in which they were taken.

    ``taken_at`` has for each id the moment that counts: never before that of one taken earlier, and
    where its own is not believed, that of the next one that is, or the time of looking. Where its
    two times contradict one another, the later one counts, if that is no later.
    Where the clocks can be read in several ways, ``readings`` has each, the first by votes, and
    ``taken_at`` the latest moments of them.
    ``newest_at`` is the newest moment that is believed. ``to_come`` is how many say that they are
    of a time to come; ``is_outvoted`` whether more agree with a later clock than with the one by
    which this was looked at.
    """

    entries: tuple[CatalogEntry, ...]
    readings: tuple[Mapping[str, datetime], ...]
    newest_at: datetime | None
    to_come: int = 0
    is_outvoted: bool = False

    @property
    def taken_at(self) -> Mapping[str, datetime]:
        """The latest moment that any reading has."""
        first, *others = self.readings
        return {
            each: max(at, *(r[each] for r in others)) if others else at
            for each, at in first.items()
        }


def sequence_after(known: Iterable[CatalogEntry], moment: datetime) -> datetime | None:
    """The place of a backup of ``moment`` that is taken after all those ``known`` of its server.

    ``None`` where its own moment tells it: it is later than all of theirs.
    """
    latest = max((entry.order[0] for entry in known), default=None)
    return None if latest is None or latest < moment else latest + _NEXT


def timeline(entries: Iterable[CatalogEntry], now: datetime) -> Timeline:
    """The backups of one server, looked at by a clock that says ``now``."""
    listed = tuple(sorted(entries, key=attrgetter("order")))
    moments = [entry.moment for entry in listed]
    latest = now + _TOLERANCE
    apart = {place for place, entry in enumerate(listed) if _are_apart(entry)}
    is_plain = not apart and all(a <= b for a, b in pairwise(moments))
    if not moments or (is_plain and moments[-1] <= latest):
        taken_at = {e.backup_id: at for e, at in zip(listed, moments, strict=True)}
        return Timeline(listed, (taken_at,), moments[-1] if moments else None)
    told = [place for place in range(len(moments)) if place not in apart]
    past = [place for place in told if moments[place] <= latest]
    readings: list[Mapping[str, datetime]] = []
    newest: list[datetime] = []
    votes = 0
    for among in _ways(listed, past):
        agreeing, length = _agreeing([moments[place] for place in among])
        votes = max(votes, length)
        believed = {among[place] for place in agreeing}
        newest += [moments[place] for place in believed]
        taken = _taken(listed, believed, apart, now)
        readings.append({e.backup_id: at for e, at in zip(listed, taken, strict=True)})
    return Timeline(
        entries=listed,
        readings=tuple(readings),
        newest_at=max(newest, default=None),
        to_come=len(told) - len(past),
        is_outvoted=max(_lengths([moments[each].timestamp() for each in told]), default=0) > votes,
    )


def _ways(entries: Sequence[CatalogEntry], past: list[int]) -> list[list[int]]:
    """The places to be asked: all, those that testimony leaves, those that it accuses in turn.

    A later one that needed no place between testifies that those which did were behind; they
    say that whatever claimed a later time before them was ahead.
    """
    last = max((place for place in past if entries[place].sequenced_at is None), default=-1)
    none_behind = [p for p in past if p > last or entries[p].sequenced_at is None]
    none_ahead: list[int] = []
    for place in past:
        while none_ahead and entries[none_ahead[-1]].moment > entries[place].moment:
            none_ahead.pop()
        none_ahead.append(place)
    ways = [past]
    ways += [way for way in (none_behind, none_ahead) if way not in ways]
    return ways


def _are_apart(entry: CatalogEntry) -> bool:
    """Whether a backup's own two times contradict one another: one of its clocks was wrong."""
    if abs(entry.finished_at - entry.snapshot_at) < _SELDOM_LONGER:
        return False
    return bool(clock_gap(entry.backup_id, entry.snapshot_at, entry.finished_at))


def _taken(
    entries: Sequence[CatalogEntry], believed: set[int], apart: set[int], now: datetime
) -> list[datetime]:
    """The moments that count: too late rather than too early where it is not known."""
    upper, bounds = now, [now] * len(entries)
    for place in reversed(range(len(entries))):
        entry = entries[place]
        if place in apart:  # one of its two clocks was right
            upper = min(upper, max(entry.snapshot_at, entry.finished_at))
        bounds[place] = upper
        if place in believed:
            upper = entry.moment
    taken: list[datetime] = []
    lower: datetime | None = None
    for place, entry in enumerate(entries):
        at = entry.moment if place in believed else bounds[place]
        taken.append(at if lower is None else max(lower, at))
        if place in believed:
            lower = taken[-1]
    return taken


def _agreeing(moments: Sequence[datetime]) -> tuple[set[int], int]:
    """The places of those in any longest sequence that never goes back, and its length."""
    if not moments:
        return set(), 0
    seconds = [at.timestamp() for at in moments]
    until = _lengths(seconds)
    since = _lengths([-each for each in reversed(seconds)])[::-1]
    longest = max(until)
    lengths = enumerate(zip(until, since, strict=True))
    return {place for place, (a, b) in lengths if a + b - 1 == longest}, longest


def _lengths(seconds: Sequence[float]) -> list[int]:
    """For each place the length of the longest sequence without a step back that ends there."""
    ends: list[float] = []
    lengths = []
    for each in seconds:
        place = bisect_right(ends, each)
        ends[place : place + 1] = [each]
        lengths.append(place + 1)
    return lengths
