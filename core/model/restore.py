"""A restore: what is wanted, and which backup serves it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.model.backup import BackupCopy, CatalogEntry, TableName


@dataclass(frozen=True, slots=True)
class ChosenTable:
    """A table that is to be restored, with its rows or without."""

    table: TableName
    with_rows: bool = True


class TargetKind(StrEnum):
    """Where a restore goes.

    ``BESIDE`` is a new database, on the same or another server; ``SCRATCH`` a server that is
    started for it; ``SWAP`` a new database that then changes names with the live one; ``MERGE``
    chosen tables into the live database.
    """

    BESIDE = "beside"
    SCRATCH = "scratch"
    SWAP = "swap"
    MERGE = "merge"


class CheckState(StrEnum):
    """What a check before a restore found; ``STOP`` must be mended first."""

    OK = "ok"
    WARNING = "warning"
    UNKNOWN = "unknown"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at before anything is touched, and how it is mended."""

    name: str
    state: CheckState
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A copy that would have served better, were it not for ``why``.

    ``repository`` is empty where that holds for the backup wherever it is.
    """

    backup_id: str
    repository: str
    why: str


@dataclass(frozen=True, slots=True)
class BackupChoice:
    """The copy that a restore takes, and why; in ``passed_over`` those that would be better."""

    entry: CatalogEntry
    copy: BackupCopy
    why: str
    passed_over: tuple[PassedOver, ...] = ()
