"""A guided drill: its clock, the runbook to tick off, notes; left and come back to at will."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widget import Widget

from core.api import guided_deeds
from core.api.guided_deeds import Deed
from core.api.guided_drills import GuidedLook
from core.errors import PgvigilError
from core.model.guided_drill import GuidedDrill, GuidedState
from tui.actions import Place, Subject, actions_at, bindings_of
from tui.drills.followed import FollowedDrill
from tui.drills.questions import (
    close_question,
    hand_over_question,
    note_question,
    take_over_question,
    verdict_question,
)
from tui.following import LOW_BANDWIDTH_SECONDS, Following
from tui.glyphs import glyphs_for
from tui.lines import Line, Role, Span, line
from tui.panes.guided_drill import body_lines, head_lines, tiny_drill_lines
from tui.panes.parts import heading, missing_lines
from tui.panes.tiny import tiny_lines
from tui.panes.view import Missing, View
from tui.screens.asking import AskingScreen
from tui.screens.pane_view import FittedPane, PaneView, ScrollingPane
from tui.text import clean

if TYPE_CHECKING:
    from core.api.guided_desk import GuidedDesk

TICK_SECONDS = 1.0
"""How often the clock is drawn, and the drill looked at."""


class GuidedDrillScreen(AskingScreen):
    """Shows one drill, whoever has it in hand; all of it is in the store."""

    PLACE = Place.GUIDED_DRILL
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.GUIDED_DRILL))]

    def __init__(self, following: Following, drill_id: str) -> None:
        super().__init__(following)
        self.drill_id = drill_id
        self._followed = FollowedDrill()
        self._in_turn = asyncio.Lock()
        self._is_reading = False

    def body(self, view: View) -> Iterable[Widget]:
        """The clock above, the steps below."""
        yield FittedPane(self._head, view, id="guided-head")
        yield ScrollingPane(self._steps, view, id="guided-steps")

    def tiny(self, view: View, width: int, height: int) -> list[Line]:
        """The clock and the step at hand stay in sight in the smallest terminal."""
        shown = self._followed.shown
        if shown is None:
            return tiny_lines(view, width, height)
        told = tiny_drill_lines(shown, width, height)
        return [*told, *tiny_lines(view, width, max(0, height - len(told)))][:height]

    def on_mount(self) -> None:
        """Look at it, and go on looking; Textual calls the area's own handler as well."""
        every = LOW_BANDWIDTH_SECONDS if self.following.low_bandwidth else TICK_SECONDS
        self.set_interval(every, self._look_on)
        self._read()

    def _look_on(self) -> None:
        """Let the clock go on, also where the store does not answer; and look again."""
        if not self.is_current and not isinstance(self.app.screen, ModalScreen):
            return
        session = self.following.session
        if session is not None:
            self._followed.go_on(session.guided.clock(self.drill_id))
            self.query_one("#guided-head", FittedPane).show(self.view)
            self.query_one("#tiny", PaneView).show(self.view)
        if not self._is_reading:
            self._read()

    async def desk(self) -> GuidedDesk:
        """What is asked of guided drills."""
        session = await self.following.opened()
        return session.guided

    @work(group="read")
    async def _read(self) -> None:
        desk = await self.desk()
        self._followed.who = desk.who
        self._is_reading = True
        try:
            self._take(await desk.look(self.drill_id))
        except PgvigilError as error:
            self._followed.not_read(error, desk.clock(self.drill_id))
        finally:
            self._is_reading = False
        if self.is_mounted:
            self.show(self.view)

    def _take(self, found: GuidedLook | None) -> None:
        if self._followed.take(found):
            self.call_after_refresh(self._bring_into_sight)

    # What is shown

    def _head(self, view: View, width: int, _: int) -> list[Line]:
        shown = self._followed.shown
        if shown is None:
            return [heading("Guided drill", width)]
        return head_lines(view, shown, width, self.size.height, glyphs_for(os.environ))

    def _steps(self, view: View, width: int, _: int) -> list[Line]:
        shown = self._followed.shown
        if shown is not None:
            return body_lines(view, shown, width)[0]
        if isinstance(self._followed.look, Missing):
            return missing_lines(self._followed.look, width)
        return [line(Span("reading …", Role.MUTED))]

    def _bring_into_sight(self) -> None:
        """Scroll so that the step of the cursor is to be read, its first line above all."""
        shown = self._followed.shown
        pane = self.query_one("#guided-steps", ScrollingPane)
        if shown is None or not pane.room.width:
            return
        first, end = body_lines(self.view, shown, pane.room.width)[1][shown.cursor]
        top, height = round(pane.scroll_y), pane.room.height
        if end > top + height:
            top = end - height
        pane.scroll_to(y=min(top, first), animate=False)

    def on_click(self, event: events.Click) -> None:
        """A click on a step puts the cursor there; one on the footer is the key that it names."""
        shown, pane = self._followed.shown, self.query_one("#guided-steps", ScrollingPane)
        if event.widget is not pane or shown is None:
            super().on_click(event)
            return
        row = event.screen_y - pane.content_region.y + round(pane.scroll_y)
        places = body_lines(self.view, shown, pane.room.width)[1]
        clicked = next((name for name, (begin, end) in places.items() if begin <= row < end), "")
        if clicked:
            self._followed.cursor = clicked
            self.show(self.view)

    def subjects(self, _view: View) -> frozenset[Subject]:
        """The drill while it is under way; a restore that could belong to it."""
        look = self._followed.look
        if not isinstance(look, GuidedLook) or look.drill.is_over:
            return frozenset()
        return frozenset({Subject.DRILL} | ({Subject.FOUND} if look.found is not None else set()))

    def copied(self) -> str:
        """The commands of the step under the cursor."""
        step = self._followed.step
        return "\n".join(step.commands or step.on_the_day) if step is not None else ""

    # Keys

    def action_move(self, lines: int) -> None:
        """Move the cursor to another step; past the last one the notes come into sight."""
        if self._followed.move(lines):
            self.show(self.view)
            self._bring_into_sight()
        else:
            super().action_move(lines)

    def _open_drill(self) -> GuidedDrill | None:
        """The drill, where something can be done in it now; else it is said why not."""
        drill = self._followed.drill
        if drill is None or not self.may_act():
            return None
        if drill.is_over:
            self.notify(clean(f"The drill is over; {drill.ended_by} ended it."), markup=False)
            return None
        return drill

    @work(group="act")
    async def _do(self, deed: Callable[[GuidedDrill], Deed | None]) -> None:
        """Do what a key asks for, after what the keys before it have asked for."""
        async with self._in_turn:
            drill = self._followed.drill
            asked = None if drill is None else deed(drill)
            if drill is None or asked is None:
                return
            try:
                made = await (await self.desk()).change(drill, asked)
            except PgvigilError as error:
                self.tell_failure(error)
            else:
                if self._followed.take_drill(made):
                    self.call_after_refresh(self._bring_into_sight)
                self.show(self.view)
        self._read()

    def action_tick(self) -> None:
        """Tick the step under the cursor, or take that back."""
        if self._open_drill() is not None:
            self._do(self._tick)

    def _tick(self, drill: GuidedDrill) -> Deed | None:
        step = drill.step(self._followed.cursor)
        if step is None:
            return None
        is_done = drill.tick_of(step.name) is not None
        return guided_deeds.untick(step.name) if is_done else guided_deeds.tick(step.name)

    def action_pause_drill(self) -> None:
        """Pause, or go on."""
        if self._open_drill() is not None:
            self._do(
                lambda drill: (
                    guided_deeds.resume()
                    if drill.state is GuidedState.PAUSED
                    else guided_deeds.pause()
                )
            )

    def action_note(self) -> None:
        """Write something down."""
        if (drill := self._open_drill()) is None:
            return

        async def noted(said: str) -> str:
            await (await self.desk()).change(drill, guided_deeds.note(said))
            self._read()
            return "It is written down."

        self.ask_and_do(note_question(drill, self._followed.step), noted)

    def action_hand_over(self) -> None:
        """Hand it to another person; or take it over from who has it."""
        if (drill := self._open_drill()) is None:
            return

        async def handed(said: str) -> str:
            to = said or self._followed.who
            await (await self.desk()).change(drill, guided_deeds.hand_over(to))
            self._read()
            return f"It is in the hands of {to} now."

        question = (
            hand_over_question(drill) if self._followed.is_mine else take_over_question(drill)
        )
        self.ask_and_do(question, handed)

    def action_take_in(self) -> None:
        """Make a restore from the command line a part of the drill."""
        look = self._followed.look
        if self._open_drill() is None or not isinstance(look, GuidedLook):
            return
        if (found := look.found) is None:
            self.notify("No restore was begun since that could belong to it.", markup=False)
        else:
            self._do(lambda _: guided_deeds.take_in(found))

    def action_verdict(self) -> None:
        """End it with a verdict."""
        drill = self._open_drill()
        if drill is not None and isinstance(self._followed.look, GuidedLook):
            self.ask_and_do(
                verdict_question(self._followed.look), self._ending(lambda desk, _: desk.end(drill))
            )

    def action_discard(self) -> None:
        """Close it without one."""
        if (drill := self._open_drill()) is not None:
            self.ask_and_do(
                close_question(drill), self._ending(lambda desk, why: desk.close(drill, why))
            )

    def _ending(
        self, end: Callable[[GuidedDesk, str], Awaitable[str]]
    ) -> Callable[[str], Awaitable[str]]:
        async def deed(said: str) -> str:
            told = await end(await self.desk(), said)
            self._read()
            return told

        return deed

    def action_detail(self) -> None:
        """Restore in it; where that was begun, look at it."""
        from tui.screens.restore import RestoreScreen
        from tui.screens.restore_opening import open_wizard

        if restore_id := self._followed.restore_to_look_at:
            self.app.push_screen(RestoreScreen(self.following, restore_id))
        elif (drill := self._open_drill()) is not None:
            open_wizard(self, drill=drill)
