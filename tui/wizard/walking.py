"""A screen of the wizard: from one question to the next, back, and out."""

from __future__ import annotations

from textual import work

from core.api import restore_wizard as wizard
from core.errors import PgvigilError, RestoreError
from core.model.restore_draft import WizardStep
from tui.screens.asking import AskingScreen
from tui.text import clean
from tui.wizard.guide import Answer, Guide


class WalkingScreen(AskingScreen):
    """Knows the ways out of a question; a subclass asks it."""

    guide: Guide

    @work(group="walk", exclusive=True)
    async def answer(self, answer: Answer) -> None:
        """Take an answer, and show the question that follows."""
        try:
            await self.guide.answer(answer)
        except RestoreError as error:
            self.tell_failure(error)
        except PgvigilError as error:
            self.tell_failure(error)
        else:
            self.show_question()

    def show_question(self) -> None:
        """Show the question that the draft is at, in the place of this one."""
        from tui.wizard.screens import screen_of

        if self.is_current:
            self.app.switch_screen(screen_of(self.guide))

    def go_to(self, step: WizardStep) -> None:
        """Show another question."""
        self.answer(self.guide.to(step))

    def action_step_back(self) -> None:
        """The question before; from the first one out of the wizard."""
        earlier = wizard.before(self.guide.draft)
        if earlier is None:
            self.action_leave()
        else:
            self.go_to(earlier.step)

    def action_leave(self) -> None:
        """Out of the wizard; what was answered stays in the store."""
        if self.guide.draft.revision:
            self.notify(
                clean("What you answered is kept: R goes on with it, here or on another console."),
                markup=False,
            )
        self.app.pop_screen()
