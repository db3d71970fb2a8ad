"""By which column a table's rows are sorted, and which way round."""

from __future__ import annotations

from collections.abc import Sequence

from tui.widgets.columns import Column, SortOrder
from tui.widgets.rows import Row, in_order


class Sorting:
    """The order of the rows: the one in which they are given, until one by a column is wanted."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self.column: int | None = None
        self.order = SortOrder.ASCENDING

    def by(self, key: str, order: SortOrder | None = None) -> None:
        """Sort by the column ``key``; without an order in the column's own first one."""
        self.column = next(i for i, column in enumerate(self._columns) if column.key == key)
        self.order = order or self._columns[self.column].first

    @property
    def told(self) -> tuple[str, SortOrder] | None:
        """The column and the order; None where it is the given order."""
        return None if self.column is None else (self._columns[self.column].key, self.order)

    def sorted(self, rows: Sequence[Row]) -> list[Row]:
        """The rows in that order."""
        return list(rows) if self.column is None else in_order(rows, self.column, self.order)
