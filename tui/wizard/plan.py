"""The plan, and the last question: the target's name, typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.binding import BindingType
from textual.widget import Widget

from core.errors import PgvigilError
from core.model.restore import RestorePlan
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.lines import EMPTY, Line, Role, Span, line
from tui.panes.parts import heading, missing_lines
from tui.panes.restore_plan import plan_pane_lines
from tui.panes.view import Missing, View
from tui.screens.pane_view import ScrollingPane
from tui.screens.restore_questions import restore_question
from tui.wizard.guide import Guide
from tui.wizard.trail import trail_lines
from tui.wizard.walking import WalkingScreen

_QUESTION = "Read it. Enter does it, once you have typed the target's name."


class PlanScreen(WalkingScreen):
    """Shows the plan that was checked; what is agreed to runs in a process of its own."""

    PLACE = Place.WIZARD_PLAN
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.WIZARD_PLAN))]

    def __init__(self, guide: Guide) -> None:
        super().__init__(guide.following)
        self.guide = guide
        self._plan: RestorePlan | Missing | None = None
        self._not_begun: PgvigilError | None = None

    def body(self, view: View) -> Iterable[Widget]:
        """One pane that scrolls."""
        yield ScrollingPane(self._lines, view, id="plan")

    def on_mount(self) -> None:
        """Take the plan that was checked; made anew where a person comes back to it."""
        self._look(anew=False)

    def action_look_again(self) -> None:
        """Make it anew."""
        self._plan = self._not_begun = None
        self.show(self.view)
        self._look(anew=True)

    @work(group="look", exclusive=True)
    async def _look(self, *, anew: bool) -> None:
        try:
            self._plan = await self.guide.plan(anew=anew)
        except PgvigilError as error:
            self._plan = Missing(error.what, error.why, error.remedy, is_fault=True)
        self.show(self.view)

    def _lines(self, view: View, width: int, _: int) -> list[Line]:
        head = [heading("Restore", width), *trail_lines(self.guide.draft, _QUESTION, width)]
        plan = self._plan
        if plan is None:
            return [*head, line(Span("Looking at the backup and the server …", Role.MUTED))]
        if isinstance(plan, Missing):
            return [*head, *missing_lines(plan, width)]
        return [*head, *self._why_not(width), *plan_pane_lines(view, plan, width)]

    def _why_not(self, width: int) -> list[Line]:
        """Why it was not begun when it was last agreed to: such as that a second person must."""
        error = self._not_begun
        if error is None:
            return []
        told = Missing(error.what, error.why, error.remedy, is_fault=True)
        return [EMPTY, *missing_lines(told, width), EMPTY]

    def subjects(self, _view: View) -> frozenset[Subject]:
        """The plan, once it is there and nothing stops it."""
        ready = isinstance(self._plan, RestorePlan) and not self._plan.stops
        return frozenset({Subject.DETAIL}) if ready else frozenset()

    def action_detail(self) -> None:
        """Ask for the target's name, and do it."""
        if not self.may_act():
            return
        if isinstance(self._plan, RestorePlan):
            self._do(self._plan)

    @work(group="act", exclusive=True)
    async def _do(self, plan: RestorePlan) -> None:
        from tui.screens.restore import RestoreScreen

        if await self.agreed(restore_question(plan)) is None:
            return
        try:
            restore_id = await (await self.guide.desk()).start(self.guide.draft, plan)
        except PgvigilError as error:
            # It stays in sight: what is to be done may take another person, and a while.
            self._not_begun = error
            self.show(self.view)
        else:
            self.app.switch_screen(RestoreScreen(self.following, restore_id))
