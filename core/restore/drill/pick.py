"""Which database's backup a drill takes, and which of those that are kept: pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.errors import BackupError
from core.model.backup import BackupKind, CatalogEntry, CopyState
from core.model.drill import DrillPick

_WITH_ROWS = frozenset({BackupKind.FULL, BackupKind.INCREMENTAL})
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Picked:
    """``backup_id`` and ``why`` are empty where the newest that serves is to be found."""

    database: str
    backup_id: str
    why: str


def restorable(entries: Sequence[CatalogEntry]) -> tuple[CatalogEntry, ...]:
    """The backups from which all of a database can be restored, as far as is known; oldest first.

    Those that wait out their time of grace are left out: nobody counts on them any more.
    """
    found = (
        each
        for each in entries
        if each.kind in _WITH_ROWS
        and each.expired_at is None
        and any(copy.state is CopyState.COMPLETE for copy in each.copies)
    )
    return tuple(sorted(found, key=lambda each: each.order))


def pick_backup(
    entries: Sequence[CatalogEntry],
    pick: DrillPick,
    *,
    database: str,
    tried_at: Mapping[str, datetime],
    choice: Callable[[Sequence[CatalogEntry]], CatalogEntry],
) -> Picked:
    """A backup of ``database``; where none is named, of the one whose last drill is longest ago.

    ``tried_at`` is when one of each was begun last, whatever came of it: a database whose drills
    fail does not keep the others from their turn. ``choice`` picks by chance.

    Raises:
        BackupError: there is no backup that a drill could take.
    """
    known = restorable(entries)
    names = sorted({each.database for each in known})
    if not names or (database and database not in names):
        of = f" of database {database}" if database else ""
        raise BackupError(
            f"There is no backup{of} to do a drill with",
            why=f"there are some of {', '.join(names)}" if names else "the catalog has none",
            remedy="take one: pgvigil backup run; or ask the repositories: pgvigil backup import",
        )
    name = database or min(names, key=lambda each: (tried_at.get(each, _NEVER), each))
    own = [each for each in known if each.database == name]
    if pick is DrillPick.OLDEST:
        return Picked(name, own[0].backup_id, f"the oldest of {len(own)} that are kept")
    if pick is DrillPick.RANDOM:
        return Picked(name, choice(own).backup_id, f"one of {len(own)} that are kept, by chance")
    return Picked(name, "", "")


def recovery_point_seconds(
    entries: Sequence[CatalogEntry], database: str, now: datetime
) -> float | None:
    """How old the newest good backup of a database is: what would be lost now; ``None``: all."""
    good = [
        each.moment for each in restorable(entries) if each.database == database and each.is_good
    ]
    return max(0.0, (now - max(good)).total_seconds()) if good else None
