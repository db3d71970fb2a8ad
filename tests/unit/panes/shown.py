"""What a pane says, as plain text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from core.api.thresholds import ThresholdSettings
from core.model.snapshot import Frame
from tests.tui import frames
from tui.lines import Line, Role, plain, width_of
from tui.panes.view import Mode, View


def view_of(frame: Frame, mode: Mode = Mode.LIVE, seconds_later: float = 0.0) -> View:
    """A frame as it is looked at."""
    return View(
        entry=frames.ENTRY,
        frame=replace(frame, live=mode is not Mode.REWOUND),
        now=frames.NOW + timedelta(seconds=seconds_later),
        thresholds=ThresholdSettings(),
        mode=mode,
    )


def text_of(lines: Sequence[Line]) -> str:
    """The lines' text without its roles."""
    return "\n".join(plain(line).rstrip() for line in lines)


def role_of_text(lines: Sequence[Line], text: str) -> Role:
    """The role of the first span that holds ``text``."""
    return next(span.role for line in lines for span in line if text in span.text)


def assert_fits(lines: Sequence[Line], width: int, height: int) -> None:
    """No line is wider than the room, and there are no more lines than fit."""
    assert len(lines) <= height
    for line in lines:
        assert width_of(line) <= width, plain(line)


Pane = Callable[[View, int, int], list[Line]]
