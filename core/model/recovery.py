"""To which moments a server's databases can be brought back, and to which they can't."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.model.backup import CatalogEntry, TableName
from core.model.backup_lack import WHOLE_KINDS


@dataclass(frozen=True, slots=True)
class RecoveryPoint:
    """A backup as a moment that can be had back.

    ``at`` is the moment that counts, whatever clocks were wrong. ``why_not`` is empty where it can
    be restored, as far as is known. ``gone`` are its tables that the live database has no more;
    ``None`` where that was not compared.
    """

    entry: CatalogEntry
    at: datetime
    why_not: str = ""
    gone: tuple[TableName, ...] | None = None

    @property
    def is_usable(self) -> bool:
        """Whether it can be restored, as far as is known."""
        return not self.why_not

    @property
    def is_whole(self) -> bool:
        """Whether it has all of its database, with the rows."""
        return self.entry.kind in WHOLE_KINDS


@dataclass(frozen=True, slots=True)
class RecoveryGap:
    """A time of a database whose states no backup has.

    ``after`` is ``None`` before the oldest backup, ``until`` in the gap that lasts until now.
    """

    database: str
    after: datetime | None
    until: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class RecoveryTimeline:
    """What can be recovered of one server: both newest first.

    ``not_compared`` says why nothing is known of the live database's tables. ``database`` is the
    one through which the config reaches the server; empty where it names none.
    """

    points: tuple[RecoveryPoint, ...]
    gaps: tuple[RecoveryGap, ...]
    not_compared: str = ""
    database: str = ""

    def point(self, backup_id: str) -> RecoveryPoint | None:
        """The moment that a backup holds."""
        return next((e for e in self.points if e.entry.backup_id == backup_id), None)

    def whole(self, database: str = "") -> tuple[RecoveryPoint, ...]:
        """Those that can be restored and have all of a database; of ``database``, if one is named.

        Newest first.
        """
        return tuple(
            each
            for each in self.points
            if each.is_usable and each.is_whole and database in {"", each.entry.database}
        )


@dataclass(frozen=True, slots=True)
class TableToRestore:
    """A table that a backup holds.

    ``rows`` is ``None`` where they were not counted; ``sealed_bytes`` is what is fetched for it;
    ``is_gone`` whether the live database has it no more, ``None`` where that is not known.
    """

    table: TableName
    rows: int | None
    sealed_bytes: int
    is_gone: bool | None


@dataclass(frozen=True, slots=True)
class BackupContents:
    """What can be chosen of one backup; ``sealed_bytes`` are fetched for all of it.

    ``globals_bytes`` are those of its server's roles and tablespaces, ``None`` where it has none.
    """

    backup_id: str
    tables: tuple[TableToRestore, ...]
    sealed_bytes: int
    globals_bytes: int | None = None

    @property
    def gone(self) -> tuple[TableName, ...]:
        """The tables that the live database has no more."""
        return tuple(each.table for each in self.tables if each.is_gone)
