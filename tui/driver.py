"""The driver of the terminal: it sleeps until a key comes, and ends with its terminal.

Textual looks ten times a second whether a key was pressed, and reads a terminal that is gone for
ever. Here one wait covers keys and the end; only after a key is time looked at, because an Esc by
itself is told from the beginning of a sequence by what does not follow.

A key that follows an Esc at once looks like Alt with that key, and Textual drops the Esc. Nothing
is bound to Alt, so that here both are taken as they were typed.
"""

from __future__ import annotations

import os
import re
import selectors
import sys
import time
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING

from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App

_READ_BYTES = 4096
_AFTER_A_KEY_SECONDS = ESCAPE_DELAY * 1.1
_BEHIND_AN_ESC = re.compile(r"(?<=\x1b)(?=[^\x1b\[O])")
"""Where an Esc begins no sequence: those that terminals send go on with ``[`` or ``O``."""


def typed_apart(text: str, before: str) -> list[str]:
    """What was typed at once, parted behind each Esc that stands by itself.

    ``before`` is what was typed so shortly before that its last Esc may still begin a sequence; the
    first part is empty where it does not.
    """
    parts = _BEHIND_AN_ESC.split(before[-1:] + text)
    parts[0] = parts[0].removeprefix(before[-1:])
    return parts


class ConsoleDriver(LinuxDriver):
    """Reads keys in a thread that sleeps as long as none is pressed."""

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        # Else the app begins with what Rich makes of it: by some names of terminals another size.
        self._size = self._size or self._get_terminal_size()
        # Textual draws on standard error, and draws nothing where that leads into a file.
        if sys.__stdout__ is not None and sys.__stdout__.isatty():
            self._file = sys.__stdout__
        self._told_to_stop, self._stop = os.pipe()

    @property
    def _is_writing(self) -> bool:
        """Whether what is written still goes anywhere: the writer's thread dies with its terminal.

        Nobody empties its queue then, and one who waits for room in it waits for ever.
        """
        return self._writer_thread is not None and self._writer_thread.is_alive()

    def write(self, data: str) -> None:
        """Send it to the terminal, where there still is one."""
        if self._is_writing:
            super().write(data)

    def close(self) -> None:
        """Wait until everything was written, where there still is a terminal."""
        if self._is_writing:
            super().close()

    def disable_input(self) -> None:
        """Wake the thread and wait for its end."""
        os.write(self._stop, b"\0")
        super().disable_input()
        os.read(self._told_to_stop, 1)

    def run_input_thread(self) -> None:
        """Hand on what is typed until input is disabled or the terminal is gone."""
        parser = XTermParser(self._debug)
        decoder = getincrementaldecoder("utf-8")(errors="replace")
        patience: float | None = None
        before = ""
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._told_to_stop, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select(patience)}
                if self._told_to_stop in ready:
                    return
                patience = None
                text = ""
                if self.fileno in ready:
                    if not (typed := self._typed()):
                        self._app.call_later(self._app.exit)
                        return
                    patience = _AFTER_A_KEY_SECONDS
                    text = decoder.decode(typed)
                    first, *further = typed_apart(text, before)
                    self._hand_on(parser, first)
                    for part in further:
                        time.sleep(_AFTER_A_KEY_SECONDS)  # by then the Esc is one by itself
                        self._hand_on(parser, part)
                before = text
                for message in parser.tick():
                    self.process_message(message)

    def _hand_on(self, parser: XTermParser, typed: str) -> None:
        """Give the app the keys that are whole."""
        for message in parser.tick():
            self.process_message(message)
        if typed:
            for message in parser.feed(typed):
                self.process_message(message)

    def _typed(self) -> bytes:
        """What was typed; nothing where the terminal is gone."""
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:
            return b""
