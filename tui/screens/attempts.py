"""The attempts that a screen lists: the newest of its view, and older ones that were read."""

from __future__ import annotations

from datetime import datetime

from core.model.backup_history import HistoryPage, HistoryRow
from tui.panes.view import Mode, View

MOST_ROWS = 5000
"""More are not listed on a screen: pgvigil backup list has them all."""


class Attempts:
    """Attempts of one server as they stood at one moment, or live, the newest first."""

    def __init__(self) -> None:
        self._of: tuple[str, datetime | None] | None = None
        self._newest = HistoryPage((), older=False)
        self._read: tuple[HistoryRow, ...] = ()
        self._has_older = True

    def take(self, view: View) -> bool:
        """Take a view's newest; true where it is of another server, or of another moment.

        What gives way to newer attempts stays, so that there is no gap before those that were read.
        """
        rewound_to = view.frame.moment if view.mode is Mode.REWOUND else None
        of = (view.entry.server_id, rewound_to)
        overview = view.frame.backups
        newest = overview.history if overview is not None else HistoryPage((), older=False)
        is_other = of != self._of
        if is_other:
            self._of, self._read, self._has_older = of, (), True
        elif self._read and newest.rows:
            oldest = newest.rows[-1].started_at
            passed = (row for row in self._newest.rows if row.started_at <= oldest)
            self._read = (*passed, *self._read)
        self._newest = newest
        return is_other

    @property
    def rows(self) -> tuple[HistoryRow, ...]:
        """All that are known here; each once, as it was seen last."""
        found = {row.row_id: row for row in reversed((*self._newest.rows, *self._read))}
        return tuple(reversed(found.values()))

    @property
    def is_whole(self) -> bool:
        """Whether there are no older ones."""
        return not self._newest.older or not self._has_older

    @property
    def last(self) -> HistoryRow | None:
        """The one before which others can be read; ``None`` where all are here, or enough."""
        rows = self.rows
        return None if self.is_whole or not rows or len(rows) >= MOST_ROWS else rows[-1]

    def add(self, page: HistoryPage, last: HistoryRow) -> None:
        """Those before ``last``; of something else than is listed now they are left out."""
        if self.last == last:
            self._read = (*self._read, *page.rows)
            self._has_older = page.older
