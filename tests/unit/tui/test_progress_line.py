"""A job's progress is one line on a terminal, and nothing elsewhere."""

from __future__ import annotations

import io

from core.model.job import Progress
from tui.progress_line import ProgressLine


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_without_a_terminal_nothing_is_written() -> None:
    stream = io.StringIO()
    with ProgressLine(stream) as line:
        line.show(Progress("dump", 1, 2))
    assert stream.getvalue() == ""


def test_the_line_is_drawn_over_and_gone_in_the_end() -> None:
    stream = Terminal()
    with ProgressLine(stream, lambda: 60) as line:
        for done in (100, 100, 500):
            line.show(Progress("dump", done, 1000))
    drawn = stream.getvalue()
    assert drawn.count("dump") == 2
    assert "\n" not in drawn
    assert drawn.endswith("\r\x1b[K")
