"""A screen that asks before it does something, and says what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from textual import work

from core.errors import PgvigilError
from tui.panes.tiny import is_tiny
from tui.panes.view import Mode
from tui.screens.area import AreaScreen
from tui.text import clean
from tui.widgets.confirm import Confirm, Question

Deed: TypeAlias = Callable[[str], Awaitable[str]]
"""What is done once it was agreed to, given what was typed; gives what to tell of it.

Raises ``PgvigilError`` where it could not be done.
"""


class AskingScreen(AreaScreen):
    """Plan, confirm, do: nothing is done without a question that was read and answered."""

    def may_act(self) -> bool:
        """Whether anything can be done from here now; where not, says why."""
        if self.following.mode is not Mode.LIVE:
            self.notify("Only what is live can be acted on: 0 goes back to live.", markup=False)
            return False
        if is_tiny(*self.app.size):
            self.notify("Make the terminal larger to act.", markup=False)
            return False
        return True

    async def agreed(self, question: Question) -> str | None:
        """What was typed for a yes (nothing, where a key was enough); ``None`` for a no."""
        dialog = Confirm(question)
        return dialog.said if await self.app.push_screen_wait(dialog) else None

    @work(group="act")
    async def ask_and_do(self, question: Question, deed: Deed) -> None:
        """Ask, do it after a yes, and say what came of it."""
        said = await self.agreed(question)
        if said is None:
            return
        try:
            told = await deed(said)
        except PgvigilError as error:
            self.tell_failure(error)
        else:
            self.notify(clean(told), markup=False)

    def tell_failure(self, error: PgvigilError) -> None:
        """Say why something could not be done."""
        self.notify(clean(f"✖ {error}"), severity="error", markup=False)
