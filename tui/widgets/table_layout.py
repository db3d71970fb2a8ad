"""Which columns of a table are in sight, and how wide: kept until something of it changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tui.lines import cell_width
from tui.widgets.columns import Column, Layout, lay_out
from tui.widgets.rows import Row

MEASURED = 200
"""Rows whose texts say how wide the columns are, besides those in sight."""


class TableLayout:
    """The layout of ``columns`` by the texts of the rows that were seen so far.

    A column never wants less again, so that nothing moves to and fro while figures change.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._wanted = (0,) * len(columns)
        self._made_for: tuple[int, int, int | None, tuple[int, ...]] | None = None
        self._made = Layout((), 0)

    def measure(self, rows: Iterable[Row]) -> None:
        """Look how long the texts of these rows are."""
        self._wanted = longest_texts(rows, self._wanted)

    def at(self, width: int, skipped: int, sorted_by: int | None) -> Layout:
        """The layout; the same object as long as nothing of it has changed."""
        wanted = (width, skipped, sorted_by, self._wanted)
        if self._made_for != wanted:
            is_as_wide = self._made_for is not None and self._made_for[0] == width
            known = self._wanted if any(self._wanted) else ()
            made = lay_out(self._columns, width, skipped, sorted_by, known)
            self._made_for = wanted
            if made != self._made or not is_as_wide:
                self._made = made
        return self._made


def longest_texts(rows: Iterable[Row], known: tuple[int, ...]) -> tuple[int, ...]:
    """The cells that the longest text of each column takes; at least as many as ``known``."""
    found = list(known)
    for row in rows:
        for index, (text, _, _) in enumerate(row.cells):
            if len(text) > found[index] or not text.isascii():
                found[index] = max(found[index], cell_width(text))
    return tuple(found)
