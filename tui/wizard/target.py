"""Where to? Beside what is there, in its place, into it, or to another server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual.binding import BindingType

from core.api import restore_targets as targets
from core.api import restore_wizard as wizard
from core.api.restore_targets import TargetOption
from core.model.restore import TargetKind
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.lines import Line, Role, wrap
from tui.panes.parts import heading, labelled
from tui.panes.view import View
from tui.text import clean, one_line
from tui.widgets.columns import Column
from tui.widgets.confirm import Question
from tui.widgets.rows import Cell, Key, Row
from tui.wizard.guide import Guide
from tui.wizard.list_step import ListStep

TARGET_COLUMNS = (
    Column("where", "where to", 30, importance=10, least=12),
    Column("database", "database", 24, importance=8, least=8),
    Column("told", "what that means", 30, importance=9, grow=1),
)


class TargetScreen(ListStep):
    """Every place, those too that can't be chosen: with why not."""

    PLACE = Place.WIZARD_TARGET
    QUESTION = "Where to? Beside what is there is always safe."
    COLUMNS = TARGET_COLUMNS
    TELLS_MORE = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.WIZARD_TARGET))]

    def __init__(self, guide: Guide) -> None:
        super().__init__(guide)
        self._options: tuple[TargetOption, ...] = ()

    async def find(self) -> Sequence[Row]:
        """The places, with the name that was given to a new database."""
        draft, desk = self.guide.draft, await self.guide.desk()
        self._options = tuple(
            replace(each, database=draft.target_database)
            if (each.kind, each.server) == (draft.target, draft.target_server)
            else each
            for each in targets.target_options(draft, desk.servers, self.view.now)
        )
        return target_rows(self._options)

    def found(self) -> None:
        """On what was chosen, or serves what happened."""
        option = targets.suggested(self.guide.draft, self._options)
        if option is not None:
            self.listed.move_to(option.option_id)

    def in_full(self, key: Key | None, width: int) -> list[Line]:
        """The place under the cursor."""
        option = self._option(key)
        if option is None:
            return []
        return [
            heading(one_line(option.title), width),
            *labelled("database  ", one_line(option.database), width, Role.STRONG),
            *wrap(clean(option.told), width),
            *labelled("not now   ", clean(option.why_not), width, Role.NOTICE),
        ]

    def _option(self, key: Key | None) -> TargetOption | None:
        return next((each for each in self._options if each.option_id == key), None)

    def open_detail(self, key: Key) -> None:
        """Take this place."""
        if (option := self._option(key)) is not None:
            self.answer(lambda draft: wizard.to_target(draft, option))

    def subjects(self, view: View) -> frozenset[Subject]:
        """Those of the table; a new database, where the cursor is on one."""
        found = super().subjects(view)
        option = self._option(self.listed.cursor_key) if self.is_mounted else None
        is_new = option is not None and option.kind is TargetKind.BESIDE
        return found | {Subject.NEW_DATABASE} if is_new else found

    def action_name_target(self) -> None:
        """Name the new database under the cursor otherwise."""
        option = self._option(self.listed.cursor_key)
        if option is None or option.kind is not TargetKind.BESIDE:
            self.notify("Only a new database can be named; this one has its name.", markup=False)
            return
        question = Question(
            title=f"How shall the new database on {option.server} be called?",
            steps=(f"now: {option.database}", "the name must not be taken on that server"),
            said="its name",
        )

        async def name(said: str) -> str:
            named = replace(option, database=said)
            self._options = tuple(named if each is option else each for each in self._options)
            self.list_again(target_rows(self._options))
            return f"It will be called {said}."

        self.ask_and_do(question, name)


def target_rows(options: Sequence[TargetOption]) -> list[Row]:
    """A row a place."""
    return [_row(each) for each in options]


def _row(each: TargetOption) -> Row:
    free = not each.why_not
    return Row(
        each.option_id,
        (
            Cell(one_line(each.title), Role.STRONG if free else Role.MUTED),
            Cell(one_line(each.database), Role.TEXT if free else Role.MUTED),
            Cell(one_line(each.told if free else f"not now: {each.why_not}"),
                 Role.TEXT if free else Role.NOTICE),
        ),
    )  # fmt: skip
