"""A job's progress on one line of a terminal; nothing where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from core.model.job import Progress
from tui.job_report import progress_line


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
        text = progress_line(progress, max(10, self._columns() - 1))
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
