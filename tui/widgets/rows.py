"""The rows of a table and their order: values and pure functions."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from core.model.unknown import Unknown
from tui.lines import Role
from tui.widgets.columns import SortOrder

SortValue: TypeAlias = float | str | datetime | timedelta | Unknown | None
Key: TypeAlias = Hashable


class Cell(NamedTuple):
    """What stands in a cell: text, its role, and the value that it is sorted by.

    Without a value it is sorted by its text. An ``Unknown`` comes last in either order.
    """

    text: str
    role: Role = Role.TEXT
    value: SortValue = None


class Row(NamedTuple):
    """A row: a key that stays the same for as long as it is the same thing, and its cells."""

    key: Key
    cells: tuple[Cell, ...]


def in_order(rows: Iterable[Row], column: int, order: SortOrder) -> list[Row]:
    """The rows by one column; equal ones stay as they were, what is unknown comes last."""
    known: list[tuple[SortValue, Row]] = []
    unknown: list[Row] = []
    for row in rows:
        _, _, value = cell = row.cells[column]
        if isinstance(value, Unknown):
            unknown.append(row)
        else:
            known.append((cell.text if value is None else value, row))
    backwards = order is SortOrder.DESCENDING
    try:
        known.sort(key=itemgetter(0), reverse=backwards)
    except TypeError:  # a column of values that can't be compared with one another
        known.sort(key=lambda pair: str(pair[0]), reverse=backwards)
    return [row for _, row in known] + unknown


def index_of(rows: Sequence[Row], key: Key) -> int | None:
    """Where the row with ``key`` stands."""
    return next((index for index, row in enumerate(rows) if row.key == key), None)
