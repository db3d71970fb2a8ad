"""A job's progress on one line of a terminal; nothing where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from core.model.job import Progress
from tui import figures

_BAR = 24


def progress_text(progress: Progress, width: int) -> str:
    """The progress in at most ``width`` columns.

    >>> progress_text(Progress("dump", 500, 1000, 100.0, 5.0), 80)
    'dump        ############............   50 %  500 B of 1000 B  100 B/s  5.0 s left'
    """
    parts = [f"{progress.phase or 'waiting':<10}"]
    if progress.total:
        share = min(1.0, progress.done / progress.total)
        filled = round(share * _BAR)
        parts += ["#" * filled + "." * (_BAR - filled), f"{share * 100:3.0f} %"]
        parts.append(f"{figures.size(progress.done)} of {figures.size(progress.total)}")
    elif progress.done:
        parts.append(figures.size(progress.done))
    if progress.bytes_per_second:
        parts.append(f"{figures.size(progress.bytes_per_second)}/s")
    if progress.seconds_left is not None:
        parts.append(f"{figures.duration(progress.seconds_left)} left")
    return "  ".join(parts)[:width]


class ProgressLine:
    """Draws over the same line again and again; gone when its context is left."""

    def __init__(
        self, stream: TextIO, columns: Callable[[], int] = lambda: shutil.get_terminal_size()[0]
    ) -> None:
        self._stream = stream
        self._columns = columns
        self._is_terminal = stream.isatty()
        self._shown = ""

    def show(self, progress: Progress) -> None:
        """Draw it, if it has changed."""
        if not self._is_terminal:
            return
        text = progress_text(progress, max(10, self._columns() - 1))
        if text != self._shown:
            self._stream.write(f"\r{text}\x1b[K")
            self._stream.flush()
            self._shown = text

    def clear(self) -> None:
        """Leave the line empty."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()
