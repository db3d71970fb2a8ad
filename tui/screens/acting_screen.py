"""A screen from which sessions can be cancelled or ended."""

from __future__ import annotations

from typing import NamedTuple

from textual import work

from core.model.connections import Backend
from tui.actions import Subject
from tui.panes.view import View
from tui.screens.acting import CANCEL, TERMINATE, Verb, act, question, within_reach
from tui.screens.asking import AskingScreen
from tui.text import clean
from tui.widgets.confirm import Confirm


class _Asked(NamedTuple):
    """What is being asked, and of which server."""

    dialog: Confirm
    server_id: str
    verb: Verb
    backends: list[Backend]


class ActingScreen(AskingScreen):
    """Asks before it acts, acts through the watcher, and says what came of it."""

    _asked: _Asked | None = None

    def show(self, view: View) -> None:
        """Take a new view, also for what is being asked over this screen."""
        super().show(view)
        asked = self._asked
        if asked is None or asked.server_id != view.frame.server_id:
            return
        if asked.dialog.is_current:
            asked.dialog.ask_anew(question(view, asked.verb, asked.backends))

    def chosen(self) -> list[Backend]:
        """The sessions that a key would act on."""
        raise NotImplementedError

    def subjects_of(self, backends: list[Backend]) -> frozenset[Subject]:
        """What keys would act on, where they act on these sessions."""
        sessions = {Subject.SESSION} if backends else set()
        queries = {Subject.QUERY} if within_reach(CANCEL, backends) else set()
        return frozenset(sessions | queries)

    @property
    def nothing_chosen(self) -> str:
        """Why there is nothing to act on."""
        return "No session is chosen."

    def action_cancel_query(self) -> None:
        """Cancel the running queries of the chosen sessions."""
        self._ask(CANCEL)

    def action_terminate_backend(self) -> None:
        """End the chosen sessions."""
        self._ask(TERMINATE)

    def _ask(self, verb: Verb) -> None:
        if not self.may_act():
            return
        backends = self.chosen()
        if not backends:
            self.notify(self.nothing_chosen, markup=False)
            return
        reached = within_reach(verb, backends)
        if not reached:
            self.notify("No query runs there that could be cancelled; x ends the session.")
            return
        self._ask_and_act(verb, reached)

    @work(group="act")
    async def _ask_and_act(self, verb: Verb, backends: list[Backend]) -> None:
        server_id = self.view.frame.server_id
        dialog = Confirm(question(self.view, verb, backends))
        self._asked = _Asked(dialog, server_id, verb, backends)
        agreed = await self.app.push_screen_wait(dialog)
        self._asked = None
        if not agreed:
            return
        told, done = await act(self.following, server_id, verb, backends)
        told = clean(told if done else f"✖ {told}")
        self.notify(told, severity="information" if done else "error", markup=False)
