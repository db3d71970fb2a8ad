"""The Textual app: one console, its screens, and what keys do everywhere."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from textual import work
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from core.api.launch import Launch
from core.errors import PgvigilError
from tui.actions import ACTIONS, Place, actions_at
from tui.following import LOW_BANDWIDTH_SECONDS, Following, OpenSession, open_session
from tui.glyphs import glyphs_for
from tui.panes.keys import shown_keys
from tui.panes.view import Mode, View
from tui.screens.area import AreaScreen
from tui.screens.overview import OverviewScreen
from tui.terminal_app import TerminalApp

if TYPE_CHECKING:
    from tui.screens.mishap import Mishap

TICK_SECONDS = 1.0
"""How often ages are looked at again between two frames."""
OVER_SECONDS = 1.0
"""How often to look whether what is shown has ended by itself."""
QUIT_SECONDS = 1.0
"""How long a store that hangs may hold up the end."""
FIRST_PAINT_SECONDS = 0.5
"""By when the first paint is over, even where a key opened another screen before it."""

FirstScreen: TypeAlias = Callable[[Following], AreaScreen]
"""Makes the screen with which a console opens, where that is not the overview alone."""


def run(
    launch: Launch,
    over: Callable[[], bool] | None = None,
    mishap: Mishap | None = None,
    first: FirstScreen | None = None,
) -> int:
    """Show the servers of ``launch`` until the person leaves, or ``over`` says so; the exit code.

    In a demonstration ``mishap`` is what can be broken by mistake, to be restored. ``first`` is
    what opens over the overview.

    Theme and bandwidth are those of ``launch.settings.console``. What nobody foresaw is raised
    once the terminal is the shell's again.
    """
    app = ConsoleApp(launch, over=over, mishap=mishap, first=first)
    app.run()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


def utc_now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


class ConsoleApp(TerminalApp):
    """Paints first, then opens the session and hands every new view to the area in sight."""

    TITLE = "pgvigil"
    CSS_PATH = "screens/console.tcss"
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        launch: Launch,
        *,
        open_session: OpenSession = open_session,
        now: Callable[[], datetime] = utc_now,
        over: Callable[[], bool] | None = None,
        mishap: Mishap | None = None,
        first: FirstScreen | None = None,
    ) -> None:
        super().__init__(launch.settings.console.theme)
        self._over = over
        self._mishap = mishap
        self._first = first
        self._begun = False
        self.animation_level = "none"
        self.launch = launch
        self.following = Following(launch, open_session, now, self._view_changed)
        if mishap is not None:
            self.following.is_demo = True
            for action in ACTIONS:
                if action.demo_only:
                    self.bind(",".join(action.keys), action.name, description=action.label)

    @property
    def view(self) -> View:
        """What the screens show at this moment."""
        return self.following.view

    def get_default_screen(self) -> Screen[None]:
        """The overview stands under all other screens."""
        return OverviewScreen(self.following)

    def on_mount(self) -> None:
        """Open the session once the first screen has been painted."""
        self.leave_on_signals()
        if self.theme_complaints:
            self.tell("\n".join(self.theme_complaints), is_error=True)
        self.call_after_refresh(self._begin)
        self.set_timer(FIRST_PAINT_SECONDS, self._begin)

    def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        if not gc.isenabled():
            gc.freeze()
            gc.enable()
        self._open()
        self._follow()
        self._watch_others()
        every = LOW_BANDWIDTH_SECONDS if self.following.low_bandwidth else TICK_SECONDS
        self.following.watch_time(every)
        if self._first is not None:
            self.push_screen(self._first(self.following))
        if self._over is not None:
            self.set_interval(OVER_SECONDS, self._leave_when_over)

    def _leave_when_over(self) -> None:
        if self._over is not None and self._over():
            self.exit()

    @work(group="open")
    async def _open(self) -> None:
        await self.following.open()

    @work(group="follow", exclusive=True)
    async def _follow(self) -> None:
        await self.following.follow()

    @work(group="others")
    async def _watch_others(self) -> None:
        await self.following.watch_others()

    def _view_changed(self) -> None:
        # Frames still come while the screens are taken down.
        if not self.is_running:
            return
        # What lies under a dialog, the help or the palette is in sight, so it stays true.
        seen = (each for each in reversed(self.screen_stack) if isinstance(each, AreaScreen))
        if (area := next(seen, None)) is not None and area.is_mounted:
            area.show(self.view)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every action of the screen that it was opened over."""
        place = screen.place if isinstance(screen, AreaScreen) else Place.OVERVIEW
        glyphs = glyphs_for(os.environ)
        for action in actions_at(place, demo=self.following.is_demo):
            if not action.live_only or self.following.mode is Mode.LIVE:
                name = f"{action.label} ({shown_keys(action, glyphs)})"
                yield SystemCommand(name, action.help, self._runner(action.name))
        for name, told, does in self.theme_commands():
            yield SystemCommand(name, told, self._runner(does))

    def _runner(self, action: str) -> Callable[[], None]:
        def run_later() -> None:
            self.call_later(self.run_action, action)

        return run_later

    # What keys do everywhere

    def action_area(self, name: str) -> None:
        """Open an area; whatever lies over the overview is left."""
        from tui.screens.areas import screen_of

        place = Place(name)
        front = self.screen
        if isinstance(front, AreaScreen) and place is front.PLACE:
            return
        while len(self.screen_stack) > 1:
            self.pop_screen()
        if place is not Place.OVERVIEW:
            self.push_screen(screen_of(place, self.following))

    def action_servers(self) -> None:
        """Open the server switcher."""
        self.action_area(Place.SERVERS.value)

    async def action_look_at(self, server_id: str) -> None:
        """Look at another server, from the overview, at the moment that is looked at."""
        entry = next(e for e in self.following.servers if e.server_id == server_id)
        if entry != self.following.entry:
            moment = self.following.moment
            self.following.switch_to(entry)
            self._follow()
            if moment is not None:
                await self._look_back(moment)
        self.action_area(Place.OVERVIEW.value)

    async def _look_back(self, moment: datetime) -> None:
        try:
            await self.following.look_back(moment)
        except PgvigilError as error:
            self.tell(str(error), is_error=True)

    def action_mishap(self) -> None:
        """In a demonstration: break something by mistake, after a yes."""
        from tui.screens.mishap import let_happen

        if self._mishap is not None and isinstance(self.screen, AreaScreen):
            let_happen(self.screen, self._mishap)

    def action_restore(self) -> None:
        """Bring something back, from wherever one is."""
        from tui.screens.restore_opening import open_wizard

        if self.following.mode is not Mode.LIVE:
            self.tell("Only what is live can be acted on: 0 goes back to live.")
        elif isinstance(self.screen, AreaScreen):
            open_wizard(self.screen)

    def action_command_palette(self) -> None:
        """Find an action by its name."""
        from tui.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_help(self) -> None:
        """The keys of the screen at hand."""
        from tui.screens.help import HelpScreen

        if isinstance(self.screen, AreaScreen):
            self.push_screen(HelpScreen(self.screen.place, demo=self.following.is_demo))

    def action_next_theme(self) -> None:
        """The next colour theme."""
        self.tell(f"Theme {self.next_theme()}")

    def action_copy(self) -> None:
        """Copy what the action names at this place: a row, a text, or the whole screen."""
        if not isinstance(self.screen, AreaScreen):
            return
        if text := self.screen.copied():
            self.copy_to_clipboard(text)
            self.tell(f"Copied {len(text)} characters.")
        else:
            self.tell("There is nothing here to copy.")

    def action_evidence(self) -> None:
        """Write the screen as Markdown for the ticket."""
        from tui.screens.ticket import take_evidence

        if isinstance(self.screen, AreaScreen):
            take_evidence(self.screen, self.launch)

    def action_rewind(self, steps: int) -> None:
        """Step through what was recorded."""
        self._rewind(steps)

    @work(group="rewind")
    async def _rewind(self, steps: int) -> None:
        try:
            if not await self.following.rewind(steps):
                self.tell("Nothing was recorded before this moment.")
        except PgvigilError as error:
            self.tell(str(error), is_error=True)

    def action_live(self) -> None:
        """Back to live."""
        self.following.live()

    def action_pause(self) -> None:
        """Hold the screen still, or go on."""
        self.following.pause()

    async def action_back(self) -> None:
        """Leave the screen in front; on the overview, leave the past."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self.following.mode is not Mode.LIVE:
            self.following.live()

    async def action_quit(self) -> None:
        """Leave at once; the session is closed behind the screen."""
        self.exit()

    async def on_unmount(self) -> None:
        """Take back the heartbeat; a store that hangs doesn't hold the terminal."""
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIT_SECONDS):
                await self.following.close()
