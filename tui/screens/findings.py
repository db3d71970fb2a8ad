"""Findings: worst first, with what and what to do; Enter leads to the place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from core.model.health import Area, Finding
from core.model.statements import StatementKey
from tui.actions import Place, actions_at, bindings_of
from tui.lines import Line, Mask, masked_lines, plain_text
from tui.panes.findings import finding_detail_lines, not_assessed
from tui.panes.findings_table import FINDING_COLUMNS, finding_rows
from tui.panes.parts import heading
from tui.panes.view import Missing, View, body_of
from tui.screens.areas import screen_of
from tui.screens.backend import BackendScreen
from tui.screens.backup import BackupScreen
from tui.screens.database import DatabaseScreen
from tui.screens.pane_view import ScrollingPane
from tui.screens.statement import StatementScreen
from tui.screens.table_area import TableArea
from tui.widgets.live_table import LiveTable
from tui.widgets.rows import Key, Row

PLACES = {
    Area.CONNECTIONS: Place.CONNECTIONS,
    Area.QUERIES: Place.QUERIES,
    Area.DATABASES: Place.DATABASES,
    Area.BACKUPS: Place.BACKUPS,
    Area.SECURITY: Place.SECURITY,
    Area.SERVER: Place.SERVER,
    Area.PGVIGIL: Place.SERVER,
}
OF_DRILLS = "backups.drill"
"""How the fingerprints of what is told of drills begin."""


class FindingsScreen(TableArea):
    """The findings in a table, the one under the cursor in full below it."""

    PLACE = Place.FINDINGS
    NAME = "Findings"
    EMPTY = "Nothing needs attention."
    COLUMNS = FINDING_COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.FINDINGS))]

    def rows(self, view: View) -> Sequence[Row] | Missing:
        """A row a finding."""
        found = view.findings
        return finding_rows(view, found) if found else not_assessed(view) or []

    def body(self, view: View) -> Iterable[Widget]:
        """The table, and below it all that is known of the finding under the cursor."""
        yield from super().body(view)
        yield ScrollingPane(self._detail, view, classes="below")

    def _selected(self, view: View) -> Finding | None:
        key = self.listed.cursor_key if self.is_mounted else None
        found = view.findings
        return next((each for each in found if each.fingerprint == key), None)

    def _detail(self, view: View, width: int, _: int) -> list[Line]:
        finding = self._selected(view)
        if finding is None:
            return []
        return [heading("Finding", width), *finding_detail_lines(view, finding, width)]

    @on(LiveTable.RowHighlighted)
    def highlighted(self) -> None:
        """Show the finding that the cursor came to."""
        self.show(self.view)

    def open_detail(self, key: Key) -> None:
        """The place of a finding: the session, statement or database it is about, or its area."""
        finding = next((f for f in self.view.findings if f.fingerprint == key), None)
        if finding is None:
            return
        if finding.area is Area.CONNECTIONS and finding.subject.isdecimal():
            self.app.push_screen(BackendScreen(self.following, int(finding.subject)))
        elif finding.area is Area.QUERIES and (statement := statement_of(finding.subject)):
            self.app.push_screen(StatementScreen(self.following, statement))
        elif finding.area is Area.DATABASES and (oid := _database_id(self.view, finding.subject)):
            self.app.push_screen(DatabaseScreen(self.following, oid))
        elif finding.fingerprint.startswith(OF_DRILLS):
            self.app.push_screen(screen_of(Place.DRILLS, self.following))
        elif finding.area is Area.BACKUPS and finding.subject:
            self.app.push_screen(BackupScreen(self.following, finding.subject))
        else:
            self.app.push_screen(screen_of(PLACES[finding.area], self.following))

    def copied(self) -> str:
        """What ``y`` copies: the finding in full."""
        finding = self._selected(self.view)
        if finding is None:
            return ""
        return plain_text(finding_detail_lines(self.view, finding, self.EVIDENCE_WIDTH))

    def sections(self, view: View, mask: Mask) -> list[tuple[str, str]]:
        """Every listed finding in full, or what stands in their place."""
        width, keys, only = self.EVIDENCE_WIDTH, self.listed_keys, self.only_those(mask)
        found = [
            (mask(each.title), masked_lines(finding_detail_lines(view, each, width), mask))
            for each in view.findings
            if each.fingerprint in keys
        ]
        if not found:
            return [("Rows", self._written_rows(view, mask))]
        return [("Rows", only), *found] if only else found


def _database_id(view: View, name: str) -> int | None:
    """The oid of the database with this name, where it is listed."""
    body = body_of(view.frame.databases)
    found = (each.database_id for each in body.databases if each.name == name) if body else ()
    return next(iter(found), None)


def statement_of(subject: str) -> StatementKey | None:
    """The statement that a finding's subject names: user, database, query id and level."""
    parts = subject.split("/")
    if len(parts) != 4:
        return None
    user, database, query, level = parts
    try:
        return StatementKey(int(user), int(database), int(query), level == "top")
    except ValueError:
        return None
