"""Ctrl-C while something is begun that goes on without this process."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupt_held() -> Iterator[None]:
    """Let a Ctrl-C that comes within have its effect only at the end.

    So whoever interrupts the start of a job is told which job goes on. Where the start fails, that
    is what is raised.

    Raises:
        KeyboardInterrupt: at the end, where one came.
    """
    came = False

    def note(_signal: int, _frame: FrameType | None) -> None:
        nonlocal came
        came = True

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt
