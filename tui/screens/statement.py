"""One statement in full: its figures, its history, its text highlighted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from textual import work
from textual.binding import BindingType
from textual.widget import Widget

from core.errors import PgvigilError
from core.model.snapshot import Frame
from core.model.statements import StatementDelta, StatementKey, StatementPoint, Statements
from core.model.unknown import Unknown
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.following import Following
from tui.lines import EMPTY, Line, Mask, Role, Span, line
from tui.masking import without_values
from tui.panes.parts import age_note, heading, missing_lines
from tui.panes.queries import first_interval, interval_words
from tui.panes.statement import last_interval_lines, last_minute_lines, statement_lines
from tui.panes.view import Missing, View, body_of, shown
from tui.screens.area import AreaScreen
from tui.screens.history import HistoryChart
from tui.screens.pane_view import ScrollingPane
from tui.screens.recorded import statement_history
from tui.sql import sql_lines
from tui.text import clean

MINUTE_SECONDS = 60
"""A statement's history is kept by the minute."""

MOST_TEXT_ABOVE = 3
"""Lines of the text that stand above the figures; a longer text begins there, and is below."""

NOT_RUN = Missing(
    "It did not run in this interval, or was not among the costliest.",
    remedy="[ steps back to when it ran.",
)


class StatementScreen(AreaScreen):
    """Follows one statement through the intervals."""

    PLACE = Place.STATEMENT
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.STATEMENT))]

    def __init__(self, following: Following, key: StatementKey) -> None:
        super().__init__(following)
        self.key = key
        self._text: str | Unknown = ""
        self._last_run: Frame | StatementPoint | None = None
        self._looked_at: datetime | None = None
        """The minute before which the last run was looked for."""

    def subjects(self, view: View) -> frozenset[Subject]:
        """The text, once it is known."""
        found = super().subjects(view)
        return found if any(self.statements()) else found - {Subject.TEXT}

    def body(self, view: View) -> Iterable[Widget]:
        """The chart above, figures and text below in one pane that scrolls."""
        fetch = statement_history(self.key)
        yield ScrollingPane(self._lines, view, id="statement")
        yield HistoryChart(
            self.following, fetch, least_seconds=MINUTE_SECONDS, id="statement-chart"
        )

    def on_mount(self) -> None:
        """Fetch the text in full: a listed one may be cut."""
        self._fetch_text()

    @work
    async def _fetch_text(self) -> None:
        session = await self.following.opened()
        try:
            self._text = await session.statement_text(self.following.entry.server_id, self.key)
        except PgvigilError as error:
            self._text = Unknown(error.what, error.remedy)
        self.show(self.following.view)

    def show(self, view: View) -> None:
        """Take a new view; where it did not run in its interval, look for when it last did."""
        found, taken = self._found(view), view.frame.statements
        if taken is not None and not isinstance(found, Missing):
            self._last_run = replace(view.frame, moment=taken.at)
        super().show(view)
        minute = view.reference.replace(second=0, microsecond=0)
        passed = self._last_run is not None and _moment(self._last_run) > view.reference
        if found is NOT_RUN and (passed or minute != self._looked_at):
            self._looked_at = minute
            self._find_last_run(view.reference)

    @work(group="last run", exclusive=True)
    async def _find_last_run(self, before: datetime) -> None:
        session = await self.following.opened()
        minutes = self.following.history_minutes
        start, server_id = before - timedelta(minutes=minutes), self.following.entry.server_id
        try:
            self._last_run = await session.statement_last_run(server_id, self.key, start, before)
        except PgvigilError:
            return  # The status lines tell of a store that can't be read.
        self.show(self.following.view)

    def _found(self, view: View) -> tuple[Statements, StatementDelta] | Missing:
        body = shown(view, view.frame.statements)
        if isinstance(body, Missing):
            return body
        if body.since is None:
            return first_interval(body)
        statement = body.find(self.key)
        return NOT_RUN if statement is None else (body, statement)

    def _lines(self, view: View, width: int, _: int) -> list[Line]:
        found = self._found(view)
        note = age_note(view, view.frame.statements)
        if isinstance(found, Missing):
            return [
                heading("Statement", width, note=note),
                *missing_lines(found, width),
                *(self._last_run_lines(view, width) if found is NOT_RUN else ()),
                *self._text_lines(None, width),
            ]
        body, statement = found
        note = note or Span(interval_words(body), Role.MUTED)
        head = heading("Statement", width, note=note)
        figures = statement_lines(view, body, statement, width)
        text = sql_lines(self._known_text or statement.text, width)
        if len(text) <= MOST_TEXT_ABOVE and not isinstance(self._text, Unknown):
            return [head, *text, *self._air, *figures]
        begun = [*text[: MOST_TEXT_ABOVE - 1], line(Span("… in full below", Role.MUTED))]
        return [head, *begun, *self._air, *figures, *self._text_lines(statement, width)]

    @property
    def _air(self) -> list[Line]:
        return [] if self.is_low else [EMPTY]

    @property
    def _known_text(self) -> str:
        """The text in full, where it was fetched."""
        return self._text if isinstance(self._text, str) else ""

    def _last_run_lines(self, view: View, width: int) -> list[Line]:
        last = self._last_run
        if last is None or _moment(last) > view.reference:
            return []
        if isinstance(last, StatementPoint):
            return [EMPTY, *last_minute_lines(last, view.now, width)]
        body = body_of(last.statements)
        statement = None if body is None else body.find(self.key)
        if body is None or statement is None:
            return []
        return [EMPTY, *last_interval_lines(replace(view, frame=last), body, statement, width)]

    def _text_lines(self, statement: StatementDelta | None, width: int) -> list[Line]:
        head = [EMPTY, heading("Text", width)]
        text = self._text
        if isinstance(text, Unknown):
            why = missing_lines(Missing("Not known in full.", text.reason, text.remedy), width)
            return [*head, *why, *(sql_lines(statement.text, width) if statement else ())]
        shown_text = text or (statement.text if statement else "")
        if not shown_text:
            return [*head, line(Span("reading …", Role.MUTED))]
        return [*head, *sql_lines(shown_text, width)]

    def sections(self, view: View, mask: Mask) -> list[tuple[str, str]]:
        """Everything that the screen says, with the text that was fetched masked by itself."""
        text = self._text
        self._text = without_values(text) if isinstance(text, str) else text
        try:
            return super().sections(view, mask)
        finally:
            self._text = text

    def copied(self) -> str:
        """What ``y`` copies: the statement's text."""
        return clean("\n".join(self.statements()))

    def statements(self) -> list[str]:
        """The statement's text, for evidence."""
        if isinstance(self._text, str) and self._text:
            return [self._text]
        found = self._found(self.view)
        return [] if isinstance(found, Missing) else [found[1].text]


def _moment(last: Frame | StatementPoint) -> datetime:
    return last.moment if isinstance(last, Frame) else last.at
