"""The Textual app: one console, its screens, and what keys do everywhere."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from textual import events, work
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.screen import ModalScreen, Screen
from textual.widgets import Input
from textual.worker import WorkerFailed

from core.api.launch import Launch
from core.errors import PgvigilError
from tui.actions import ACTIONS, Place, actions_at
from tui.driver import ConsoleDriver
from tui.following import LOW_BANDWIDTH_SECONDS, Following, OpenSession
from tui.glyphs import glyphs_for
from tui.panes.keys import shown_keys
from tui.panes.view import Mode, View
from tui.screens.area import AreaScreen
from tui.screens.overview import OverviewScreen
from tui.themed import ThemedApp

if TYPE_CHECKING:
    from core.api.console import ConsoleSession
    from tui.screens.mishap import Mishap

TICK_SECONDS = 1.0
"""How often ages are looked at again between two frames."""
OVER_SECONDS = 1.0
"""How often to look whether what is shown has ended by itself."""
QUIT_SECONDS = 1.0
"""How long a store that hangs may hold up the end."""
OPEN_SECONDS = 1.0
"""How long a screen that was just opened may hold up the keys that follow."""
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


async def open_session(launch: Launch) -> ConsoleSession:
    """A session on the store; everything heavy is imported in a thread, after the first paint."""
    from importlib import import_module

    await asyncio.to_thread(import_module, "core.api.console")
    from core.api.console import ConsoleSession

    return await ConsoleSession.open(launch)


def utc_now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


class ConsoleApp(ThemedApp):
    """Paints first, then opens the session and hands every new view to the area in sight."""

    TITLE = "pgvigil"
    CSS_PATH = "screens/console.tcss"
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = True

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

    async def on_event(self, event: events.Event) -> None:
        """Do what a key is bound to before the next key is looked at.

        Textual sends a key through the focused widget and all its parents first. Keys that a slow
        link delivers together would then all go where only the first was meant to go: of ``/x``
        the ``x`` would end a session instead of standing in the filter.
        """
        if isinstance(event, events.Key) and not event.is_forwarded:
            await self._screen_in_front()
            if self._acts_at_once(event.key) and await self._check_bindings(event.key):
                return
        await super().on_event(event)

    def _acts_at_once(self, key: str) -> bool:
        """Whether a key is none for a field; Esc leaves a dialog with all that was typed there."""
        is_way_out = key == "escape" and isinstance(self.screen, ModalScreen)
        return is_way_out or not isinstance(self.focused, Input)

    async def _screen_in_front(self) -> None:
        """Wait until the screen that an earlier key opened can take the next one."""
        with suppress(TimeoutError):
            async with asyncio.timeout(OPEN_SECONDS):
                await self.screen._mounted_event.wait()  # noqa: SLF001 - the rest of Textual does

    @property
    def view(self) -> View:
        """What the screens show at this moment."""
        return self.following.view

    @property
    def failure(self) -> Exception | None:
        """What ended the app though nobody foresaw it."""
        error = self._exception
        if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
            return error.error
        return error

    def _fatal_error(self) -> None:
        """End without Textual's traceback: it shows the values of variables, and so secrets."""
        self._close_messages_no_wait()

    def get_driver_class(self) -> type[Driver]:
        """Ours in the place of Textual's own for terminals."""
        chosen = super().get_driver_class()
        return ConsoleDriver if chosen is ConsoleDriver.__base__ else chosen

    def get_default_screen(self) -> Screen[None]:
        """The overview stands under all other screens."""
        return OverviewScreen(self.following)

    def on_mount(self) -> None:
        """Open the session once the first screen has been painted."""
        self._leave_on_signals()
        if self.theme_complaints:
            self.tell("\n".join(self.theme_complaints), is_error=True)
        self.call_after_refresh(self._begin)
        self.set_timer(FIRST_PAINT_SECONDS, self._begin)

    def _leave_on_signals(self) -> None:
        """Give the terminal back as it was, also when somebody else ends the console.

        SIGHUP comes when the terminal is gone, but from a person or a program it may come too.
        """
        loop = asyncio.get_running_loop()
        with suppress(RuntimeError):  # Signals come to the main thread only.
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.exit, None, 128 + number)

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

        screen = self.screen
        if self._mishap is not None and isinstance(screen, AreaScreen):
            places = {p for each in ACTIONS if each.name == "app.mishap" for p in each.places}
            if screen.place in places:
                let_happen(screen, self._mishap)

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
        from tui.evidence import Section, markdown, write
        from tui.masking import mask_of, masked

        screen = self.screen
        if not isinstance(screen, AreaScreen):
            return
        view, place = masked(screen.view), screen.PLACE.value
        sections = [Section(*each) for each in screen.sections(view, mask_of(screen.view))]
        text = markdown(place, view, sections, screen.statements())
        self.copy_to_clipboard(text)
        try:
            path = write(self.launch.state_folder / "evidence", view, place, text)
        except PgvigilError as error:
            self.tell(str(error), is_error=True)
        else:
            passing = "\nIt goes with the demo: keep a copy." if self.launch.passing else ""
            self.tell(f"Evidence copied, and written to {path}{passing}")

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

    def tell(self, text: str, *, is_error: bool = False) -> None:
        """Say something for some seconds; text from a server never becomes markup."""
        from tui.text import clean

        told = clean(f"✖ {text}" if is_error else text)
        self.notify(told, severity="error" if is_error else "information", markup=False)

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
