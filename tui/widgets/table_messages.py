"""What a table says to its screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from tui.widgets.columns import SortOrder
from tui.widgets.rows import Key

if TYPE_CHECKING:
    from tui.widgets.live_table import LiveTable


class TableMessage(Message):
    """A message that a table sends."""

    def __init__(self, table: LiveTable) -> None:
        super().__init__()
        self.table = table

    @property
    def control(self) -> LiveTable:
        """The table that sent it, for ``@on`` with a selector."""
        return self.table


class RowHighlighted(TableMessage, namespace="live_table"):
    """The cursor is on another row than before."""

    def __init__(self, table: LiveTable, key: Key) -> None:
        super().__init__(table)
        self.key = key


class RowSelected(TableMessage, namespace="live_table"):
    """Enter, or a click on the cursor's row: the row's detail is wanted."""

    def __init__(self, table: LiveTable, key: Key) -> None:
        super().__init__(table)
        self.key = key


class MarksChanged(TableMessage, namespace="live_table"):
    """Other rows are marked than before."""

    def __init__(self, table: LiveTable, marks: frozenset[Key]) -> None:
        super().__init__(table)
        self.marks = marks


class SortChanged(TableMessage, namespace="live_table"):
    """The rows stand in another order than before."""

    def __init__(self, table: LiveTable, column: str, order: SortOrder) -> None:
        super().__init__(table)
        self.column = column
        self.order = order


class SightChanged(TableMessage, namespace="live_table"):
    """Other rows or columns are out of sight than before."""

    def __init__(self, table: LiveTable, unseen: str) -> None:
        super().__init__(table)
        self.unseen = unseen
