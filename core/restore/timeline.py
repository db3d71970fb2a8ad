"""What can be recovered of a server: the catalog's backups as moments, and the gaps with reasons.

A dump holds one moment. What changed between two of them is in neither; only physical backups with
their log go to any moment. A gap is told where more is lost than that: where backups between can't
be used, or where none was taken for longer than the objective allows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from core.backup.timeline import timeline
from core.model.backup import BackupKind, CatalogEntry
from core.model.recovery import RecoveryGap, RecoveryPoint, RecoveryTimeline
from core.restore.choose import hindrance

_WITH_ROWS = frozenset({BackupKind.FULL, BackupKind.INCREMENTAL})


def recovery_timeline(
    entries: Sequence[CatalogEntry],
    *,
    keys: Collection[str],
    objective_seconds: float | None,
    now: datetime,
) -> RecoveryTimeline:
    """The moments to which one server's databases can be brought back, newest first.

    ``entries`` are all its backups, ``keys`` the ids of the keys at hand.
    """
    line = timeline(entries, now)
    by_id = {entry.backup_id: entry for entry in entries}
    points = tuple(
        RecoveryPoint(entry, line.taken_at[entry.backup_id], hindrance(entry, by_id, keys=keys))
        for entry in reversed(line.entries)
    )
    gaps = [
        gap
        for database in sorted({each.entry.database for each in points})
        for gap in _gaps(_of(points, database), database, objective_seconds, now)
    ]
    gaps.sort(key=lambda gap: gap.until or now, reverse=True)
    return RecoveryTimeline(points, tuple(gaps))


def _of(points: Sequence[RecoveryPoint], database: str) -> list[RecoveryPoint]:
    """A database's moments with rows, oldest first."""
    wanted = (e for e in points if e.entry.database == database and e.entry.kind in _WITH_ROWS)
    return sorted(wanted, key=lambda each: each.at)


def _gaps(
    points: Sequence[RecoveryPoint], database: str, objective: float | None, now: datetime
) -> Iterator[RecoveryGap]:
    usable = [each for each in points if each.is_usable]
    if not usable:
        why = _unusable(points) or "no backup with rows is known"
        yield RecoveryGap(database, None, None, why)
        return
    first, last = usable[0], usable[-1]
    before = _unusable([each for each in points if each.at < first.at])
    yield RecoveryGap(database, None, first.at, before or "no older backup is kept")
    for earlier, later in pairwise(usable):
        between = [each for each in points if earlier.at < each.at < later.at]
        if why := _unusable(between) or _too_long(earlier.at, later.at, objective):
            yield RecoveryGap(database, earlier.at, later.at, why)
    why = _unusable([each for each in points if each.at > last.at])
    why = why or _too_long(last.at, now, objective)
    yield RecoveryGap(database, last.at, None, why or "what changed since is in no backup yet")


def _unusable(points: Sequence[RecoveryPoint]) -> str:
    """Why backups can't be used; empty where there are none such."""
    reasons: dict[str, int] = {}
    for each in points:
        if each.why_not:
            reasons[each.why_not] = reasons.get(each.why_not, 0) + 1
    return "; ".join(_told(reasons))


def _told(reasons: Mapping[str, int]) -> Iterator[str]:
    for why, count in reasons.items():
        yield f"{'a backup' if count == 1 else f'{count} backups'} can't be used: {why}"


def _too_long(earlier: datetime, later: datetime, objective: float | None) -> str:
    seconds = (later - earlier).total_seconds()
    if not objective or seconds <= objective:
        return ""
    return f"no backup for {_hours(seconds)}; the objective is one each {_hours(objective)}"


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"
