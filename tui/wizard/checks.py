"""What was looked at before anything is touched, and how each is mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.binding import BindingType

from core.api import restore_wizard as wizard
from core.errors import PgvigilError
from core.model.restore import Check, CheckState, RestorePlan
from core.model.restore_draft import WizardStep
from tui.actions import Place, actions_at, bindings_of
from tui.lines import Line, Role, Span, line, wrap
from tui.panes.parts import heading, labelled
from tui.text import clean, one_line
from tui.widgets.columns import Column
from tui.widgets.rows import Cell, Key, Row
from tui.wizard.guide import Guide
from tui.wizard.list_step import ListStep

CHECK_COLUMNS = (
    Column("state", "state", 9, importance=10, least=6),
    Column("check", "check", 20, importance=9, least=8),
    Column("what", "what was found", 30, importance=8, grow=3),
    Column("remedy", "what to do", 24, importance=7, grow=2),
)
STATES = {
    CheckState.STOP: Span("✖ STOP", Role.CRITICAL),
    CheckState.WARNING: Span("▲ note", Role.WARNING),
    CheckState.UNKNOWN: Span("? unsure", Role.UNKNOWN),
    CheckState.OK: Span("• ok", Role.GOOD),
}
_WORST_FIRST = list(STATES)


class ChecksScreen(ListStep):
    """The plan is made here; what stands in the way is mended elsewhere, and looked at again."""

    PLACE = Place.WIZARD_CHECKS
    COLUMNS = CHECK_COLUMNS
    LOOKING = "Looking at the backup and at the server that it goes to; nothing is touched …"
    TELLS_MORE = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.WIZARD_CHECKS))]

    def __init__(self, guide: Guide) -> None:
        super().__init__(guide)
        self._plan: RestorePlan | None = None
        self._anew = False

    @property
    def question(self) -> str:
        """What came of the checks."""
        if self._plan is None:
            return "What is in the way?"
        counts = Counter(each.state for each in self._plan.checks)
        if stops := counts[CheckState.STOP]:
            return f"{stops} of {len(self._plan.checks)} checks stop it: mend them, then a."
        noted = counts[CheckState.WARNING] + counts[CheckState.UNKNOWN]
        told = f"; {noted} to be read" if noted else ""
        roles = " Missing roles are made: o." if self.guide.draft.create_roles else ""
        return f"Nothing stops it{told}. Enter shows the plan.{roles}"

    def in_full(self, key: Key | None, width: int) -> list[Line]:
        """The check under the cursor."""
        check = self._check(key)
        return [] if check is None else check_lines(check, width)

    def _check(self, key: Key | None) -> Check | None:
        checks = ordered(self._plan.checks) if self._plan is not None else []
        return next((e for n, e in enumerate(checks) if (n, e.name) == key), None)

    async def find(self) -> Sequence[Row]:
        """The plan's checks, the worst first."""
        self._plan = await self.guide.plan(anew=self._anew)
        return check_rows(self._plan.checks)

    def action_look_again(self) -> None:
        """Make all checks anew."""
        self._anew, self._plan = True, None
        self.look_anew()

    def action_missing_roles(self) -> None:
        """Make the roles that are missing there, or do without them."""
        self._change_roles()

    @work(group="walk", exclusive=True)
    async def _change_roles(self) -> None:
        create = not self.guide.draft.create_roles
        try:
            await self.guide.answer(lambda draft: wizard.with_roles(draft, create=create))
        except PgvigilError as error:
            self.tell_failure(error)
        else:
            self.action_look_again()

    def open_detail(self, key: Key) -> None:  # noqa: ARG002 - the table's signature
        """Go on to the plan, where nothing stops it."""
        if self._plan is not None and self._plan.stops:
            self.notify(
                clean(f"First mend: {'; '.join(each.name for each in self._plan.stops)}"),
                markup=False,
            )
        elif self._plan is not None:
            self._on_to_the_plan()

    @work(group="walk", exclusive=True)
    async def _on_to_the_plan(self) -> None:
        try:
            await self.guide.answer(lambda draft: wizard.at_step(draft, WizardStep.PLAN))
        except PgvigilError as error:
            self.tell_failure(error)
        else:
            self.show_question()


def ordered(checks: Sequence[Check]) -> list[Check]:
    """The worst first."""
    return sorted(checks, key=lambda each: _WORST_FIRST.index(each.state))


def check_rows(checks: Sequence[Check]) -> list[Row]:
    """A row a check, the worst first."""
    return [
        Row(
            (number, each.name),
            (
                Cell(STATES[each.state].text, STATES[each.state].role,
                     _WORST_FIRST.index(each.state)),
                Cell(one_line(each.name), Role.STRONG),
                Cell(one_line(each.what), Role.TEXT),
                Cell(one_line(each.remedy if each.state is not CheckState.OK else ""),
                     Role.STRONG),
            ),
        )
        for number, each in enumerate(ordered(checks))
    ]  # fmt: skip


def check_lines(check: Check, width: int) -> list[Line]:
    """One check in full."""
    state = STATES[check.state]
    told = line(state, Span(f"  {one_line(check.name)}", Role.STRONG))
    lines = [heading("Check", width), told, *wrap(clean(check.what), width, Role.TEXT)]
    if check.remedy and check.state is not CheckState.OK:
        lines += labelled("do  ", clean(check.remedy), width, Role.STRONG)
    return lines
