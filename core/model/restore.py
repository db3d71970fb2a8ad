"""A restore: what is wanted of a backup."""

from __future__ import annotations

from dataclasses import dataclass

from core.model.backup import TableName


@dataclass(frozen=True, slots=True)
class ChosenTable:
    """A table that is to be restored, with its rows or without."""

    table: TableName
    with_rows: bool = True
