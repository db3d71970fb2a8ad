"""One backup in full: copies, chain, manifest, fingerprint, the log of its job."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.binding import BindingType
from textual.widget import Widget

from core.errors import PgvigilError
from core.model.backup import CatalogEntry
from core.model.backup_detail import BackupDetail
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.following import Following
from tui.lines import Line, Role, Span, line
from tui.panes.backup import backup_lines
from tui.panes.parts import heading, missing_lines
from tui.panes.view import Missing, View
from tui.screens.backup_acting import BackupActingScreen
from tui.screens.pane_view import ScrollingPane
from tui.text import one_line


class BackupScreen(BackupActingScreen):
    """Follows one backup: what is known of it is read again when the overview changes."""

    PLACE = Place.BACKUP
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.BACKUP))]

    def __init__(self, following: Following, backup_id: str) -> None:
        super().__init__(following)
        self.backup_id = backup_id
        self._detail: BackupDetail | Missing | None = None
        self._read_for: object = None

    def body(self, view: View) -> Iterable[Widget]:
        """One pane that scrolls."""
        yield ScrollingPane(self._lines, view, id="backup")

    def show(self, view: View) -> None:
        """Take a new view."""
        super().show(view)
        if self.is_mounted and (self._detail is None or view.frame.backups is not self._read_for):
            self._read_for = view.frame.backups
            self._read()

    @work(exclusive=True, group="read")
    async def _read(self) -> None:
        before = self._detail
        try:
            desk = await self.desk()
            found = await desk.detail(self.backup_id)
        except PgvigilError as error:
            self._detail = Missing(error.what, error.why, error.remedy, is_fault=True)
        else:
            gone = Missing("This backup is no longer in the catalog.", remedy="Esc goes back.")
            self._detail = found or gone
        if self._detail != before:
            super().show(self.view)

    def _lines(self, view: View, width: int, _: int) -> list[Line]:
        head = heading(f"Backup {one_line(self.backup_id)}", width)
        if self._detail is None:
            return [head, line(Span("reading …", Role.MUTED))]
        if isinstance(self._detail, Missing):
            return [head, *missing_lines(self._detail, width)]
        return [head, *backup_lines(view, self._detail, width)]

    def subjects(self, view: View) -> frozenset[Subject]:
        """The backup, once it was read; where backups go."""
        return self.subjects_of_backups(view)

    def chosen_backup(self) -> CatalogEntry | None:
        """This one."""
        return self._detail.entry if isinstance(self._detail, BackupDetail) else None

    def restored_from(self) -> CatalogEntry | None:
        """This one."""
        return self.chosen_backup()
