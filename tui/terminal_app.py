"""An app on a terminal: keys one after the other, an end that leaves the terminal as it was."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

from textual import events
from textual.driver import Driver
from textual.screen import ModalScreen
from textual.widgets import Input
from textual.worker import WorkerFailed

from tui.driver import ConsoleDriver
from tui.text import clean
from tui.themed import ThemedApp

OPEN_SECONDS = 1.0
"""How long a screen that was just opened may hold up the keys that follow."""


class TerminalApp(ThemedApp):
    """What holds on any screen; of what nobody foresaw ``failure`` tells once it has ended."""

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

    def leave_on_signals(self) -> None:
        """Give the terminal back as it was, also when somebody else ends the console.

        SIGHUP comes when the terminal is gone, but from a person or a program it may come too.
        """
        loop = asyncio.get_running_loop()
        with suppress(RuntimeError):  # Signals come to the main thread only.
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.exit, None, 128 + number)

    def tell(self, text: str, *, is_error: bool = False) -> None:
        """Say something for some seconds; text from a server never becomes markup."""
        told = clean(f"✖ {text}" if is_error else text)
        self.notify(told, severity="error" if is_error else "information", markup=False)
