"""What happened? And what somebody has begun already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.binding import BindingType

from core.api import restore_wizard as wizard
from core.errors import PgvigilError
from core.model.restore_draft import RestoreDraft, Symptom
from tui import figures
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.lines import Role
from tui.panes.backup_words import seconds_since
from tui.panes.view import View
from tui.text import one_line
from tui.widgets.columns import Column
from tui.widgets.confirm import Question
from tui.widgets.rows import Cell, Key, Row
from tui.wizard.guide import Guide
from tui.wizard.list_step import ListStep
from tui.wizard.trail import answers

_COLUMNS = (
    Column("what", "what happened", 32, importance=10, least=14),
    Column("leads", "what it leads to", 30, importance=9, grow=1),
)


class SymptomScreen(ListStep):
    """Restores that were begun come first: a person who comes back goes on with one key."""

    PLACE = Place.WIZARD_SYMPTOM
    QUESTION = "What happened? Nothing is touched before you have read the plan and agreed."
    COLUMNS = _COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.WIZARD_SYMPTOM))]

    def __init__(self, guide: Guide) -> None:
        super().__init__(guide)
        self._drafts: dict[str, RestoreDraft] = {}

    async def find(self) -> Sequence[Row]:
        """The drafts of this server but the one at hand, then every symptom."""
        desk, own = await self.guide.desk(), self.guide.draft
        drafts = await desk.drafts(own.server_id)
        self._drafts = {e.draft_id: e for e in drafts if e.draft_id != own.draft_id}
        begun = [draft_row(self.view, each) for each in self._drafts.values()]
        return [*begun, *(_row(symptom) for symptom in Symptom)]

    def found(self) -> None:
        """On what was answered."""
        if self.guide.draft.symptom is not None:
            self.listed.move_to(self.guide.draft.symptom.value)

    def open_detail(self, key: Key) -> None:
        """Go on with a draft, or begin with a symptom."""
        if (draft := self._drafts.get(str(key))) is not None:
            self._go_on_with(draft)
        else:
            symptom = Symptom(str(key))
            if symptom is Symptom.DRILL:
                self._lead_to_drills()
                return
            self.answer(lambda draft: wizard.happened(draft, symptom))

    def _lead_to_drills(self) -> None:
        from tui.drills.runbooks import RunbooksScreen

        self.app.switch_screen(RunbooksScreen(self.following))

    @work(group="walk", exclusive=True)
    async def _go_on_with(self, draft: RestoreDraft) -> None:
        try:
            await self.guide.go_on_with(draft)
        except PgvigilError as error:
            self.tell_failure(error)
            self.look_anew()
        else:
            self.show_question()

    def subjects(self, view: View) -> frozenset[Subject]:
        """Those of the table; a draft, where the cursor is on one."""
        found = super().subjects(view)
        is_draft = self.is_mounted and str(self.listed.cursor_key) in self._drafts
        return found | {Subject.DRAFT} if is_draft else found - {Subject.DRAFT}

    def action_discard(self) -> None:
        """Forget the draft under the cursor."""
        draft = self._drafts.get(str(self.listed.cursor_key))
        if draft is None:
            self.notify("There is nothing under the cursor that was begun.", markup=False)
            return

        async def forget(_: str) -> str:
            await (await self.guide.desk()).discard(draft)
            self.look_anew()
            return "Its answers are forgotten."

        self.ask_and_do(discard_question(draft), forget)


def draft_row(view: View, draft: RestoreDraft) -> Row:
    """A restore that somebody began to put together."""
    age = figures.age(seconds_since(view, draft.updated_at))
    told = f"{one_line(draft.who)} on {one_line(draft.host)}, {age}: {answers(draft) or 'nothing'}"
    return Row(
        draft.draft_id,
        (
            Cell(f"go on at: {draft.step.value}", Role.ACCENT),
            Cell(told, Role.TEXT),
        ),
    )


def discard_question(draft: RestoreDraft) -> Question:
    """What putting a draft aside means."""
    return Question(
        title="Forget what was answered",
        steps=(f"{draft.who} on {draft.host}: {answers(draft) or 'nothing was answered yet'}",),
        consequence="Nothing of it was done, and nothing is undone. Who has it in hand is told.",
    )


def _row(symptom: Symptom) -> Row:
    return Row(
        symptom.value,
        (Cell(symptom.value, Role.STRONG), Cell(wizard.SYMPTOMS[symptom], Role.TEXT)),
    )
