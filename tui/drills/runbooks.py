"""Which runbook? And which drills are under way, for whoever goes on with one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.widget import Widget

from core.api.guided_drills import RUNBOOKS, Runbook
from core.errors import PgvigilError
from core.model.guided_drill import GuidedDrill, GuidedState, SeenDrill
from core.model.restore_draft import Symptom
from tui import figures
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.drills.questions import close_question
from tui.following import Following
from tui.lines import Line, Role, wrap
from tui.panes.parts import heading, labelled
from tui.panes.view import Missing, View
from tui.screens.asking import AskingScreen
from tui.screens.pane_view import ScrollingPane
from tui.screens.table_area import TableArea
from tui.text import clean, one_line
from tui.widgets.columns import Column
from tui.widgets.live_table import LiveTable
from tui.widgets.rows import Cell, Key, Row

if TYPE_CHECKING:
    from core.api.guided_desk import GuidedDesk

_COLUMNS = (
    Column("what", "what is said to have happened", 32, importance=10),
    Column("leads", "what it leads to", 30, importance=9, grow=1),
)
_TOLD = (
    "A guided drill: you restore by the runbook, against the clock, as if it had happened. Nothing"
    " live is touched: it goes to a scratch server, or beside what is there."
)


class RunbooksScreen(TableArea, AskingScreen):
    """Drills under way come first; with ``wanted`` that one is begun, or gone on with, at once."""

    PLACE = Place.RUNBOOKS
    NAME = "Guided drill"
    COLUMNS = _COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.RUNBOOKS))]

    def __init__(self, following: Following, wanted: Symptom | None = None) -> None:
        super().__init__(following)
        self._wanted_symptom = wanted
        self._under_way: dict[str, GuidedDrill] = {}
        self._told: dict[str, str] = {}
        self._listed: Sequence[Row] | Missing = Missing("Looking which drills are under way …")

    def rows(self, view: View) -> Sequence[Row] | Missing:  # noqa: ARG002 - the table's signature
        """What was found."""
        return self._listed

    def body(self, view: View) -> Iterable[Widget]:
        """The list, and below it the steps of the runbook that the cursor is on."""
        yield from super().body(view)
        yield ScrollingPane(self._in_full, view, id="in-full")

    def _in_full(self, _view: View, width: int, _: int) -> list[Line]:
        runbook = self._under_cursor if self.is_mounted else None
        if runbook is None:
            return []
        lines = [heading(one_line(runbook.told), width)]
        lines += labelled("", clean(self._told.get(str(self.listed.cursor_key), "")), width)
        for number, each in enumerate(runbook.steps, start=1):
            lines += labelled(f"{number}  ", one_line(each.title), width)
        return lines

    @property
    def _under_cursor(self) -> Runbook | None:
        key = str(self.listed.cursor_key)
        drill = self._under_way.get(key)
        symptom = key if drill is None else drill.symptom.value
        return next((each for each in RUNBOOKS if each.symptom.value == symptom), None)

    @on(LiveTable.RowHighlighted)
    def highlighted(self) -> None:
        """Tell what the cursor came to in full."""
        for pane in self.query(ScrollingPane):
            pane.show(self.view)

    def above(self, _view: View, width: int) -> list[Line]:
        """What a guided drill is."""
        return wrap(_TOLD, width, Role.TEXT)

    def on_mount(self) -> None:
        """Look which are under way; Textual calls the area's own handler as well."""
        self.look()
        if self._wanted_symptom is not None:
            self._begin(self._wanted_symptom)

    def on_screen_resume(self) -> None:
        """Look again after another screen was in front."""
        if self.is_mounted:
            self.look()

    async def desk(self) -> GuidedDesk:
        """What is asked of guided drills."""
        session = await self.following.opened()
        return session.guided

    @work(group="look", exclusive=True)
    async def look(self) -> None:
        """List the drills under way, and the runbooks."""
        try:
            desk = await self.desk()
            found = await desk.under_way(self.following.entry.server_id)
        except PgvigilError as error:
            self._listed = Missing(error.what, error.why, error.remedy, is_fault=True)
        else:
            self._under_way = {each.drill.drill_id: each.drill for each in found}
            begun = [drill_row(each, is_left=desk.is_abandoned(each)) for each in found]
            self._told = {str(each.key): each.cells[-1].text for each in begun}
            self._listed = [*begun, *(_row(each) for each in RUNBOOKS)]
        self.show(self.view)

    def open_detail(self, key: Key) -> None:
        """Go on with a drill, or begin one."""
        if str(key) in self._under_way:
            self._show_drill(str(key))
        elif self.may_act():
            self._begin(Symptom(str(key)))

    @work(group="begin", exclusive=True)
    async def _begin(self, symptom: Symptom) -> None:
        try:
            drill_id = await (await self.desk()).begin(self.following.entry.server_id, symptom)
        except PgvigilError as error:
            self.tell_failure(error)
        else:
            self._show_drill(drill_id)

    def _show_drill(self, drill_id: str) -> None:
        from tui.drills.screen import GuidedDrillScreen

        self.app.switch_screen(GuidedDrillScreen(self.following, drill_id))

    def subjects(self, view: View) -> frozenset[Subject]:
        """Those of the table; a drill under way, where the cursor is on one."""
        found = super().subjects(view)
        is_begun = self.is_mounted and str(self.listed.cursor_key) in self._under_way
        return found | {Subject.DRAFT} if is_begun else found - {Subject.DRAFT}

    def action_discard(self) -> None:
        """Close the drill under the cursor."""
        drill = self._under_way.get(str(self.listed.cursor_key))
        if drill is None:
            self.notify("There is no drill under the cursor.", markup=False)
            return
        if not self.may_act():
            return

        async def close(why: str) -> str:
            told = await (await self.desk()).close(drill, why)
            self.look()
            return told

        self.ask_and_do(close_question(drill), close)


def drill_row(seen: SeenDrill, *, is_left: bool) -> Row:
    """A drill that somebody has begun."""
    drill = seen.drill
    done = len(drill.steps) - len(drill.open_steps)
    silent = figures.duration(seen.silent_seconds)
    told = [
        f"left: nobody has touched it for {silent}" if is_left else "",
        f"in the hands of {one_line(drill.holder)}",
        "paused" if drill.state is GuidedState.PAUSED else "",
        f"{done} of {len(drill.steps)} steps done",
    ]
    return Row(
        drill.drill_id,
        (
            Cell(f"go on: {drill.symptom.value}", Role.ACCENT),
            Cell(", ".join(filter(None, told)), Role.WARNING if is_left else Role.TEXT),
        ),
    )


def _row(runbook: Runbook) -> Row:
    told = f"begin: a runbook of {len(runbook.steps)} steps"
    return Row(
        runbook.symptom.value,
        (Cell(runbook.symptom.value, Role.STRONG), Cell(told, Role.TEXT)),
    )
