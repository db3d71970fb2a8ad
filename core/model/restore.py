"""A restore: what is wanted, and which backup serves it."""

from __future__ import annotations

from dataclasses import dataclass

from core.model.backup import BackupCopy, CatalogEntry, TableName


@dataclass(frozen=True, slots=True)
class ChosenTable:
    """A table that is to be restored, with its rows or without."""

    table: TableName
    with_rows: bool = True


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
