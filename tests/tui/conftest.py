"""A console that plays hand-made frames, and the viewer's time zone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.model.snapshot import Frame
from tests.tui import frames, playback
from tui.app import ConsoleApp


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The viewer lives in UTC and has an ordinary terminal."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("HOME", "/nonexistent")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def recorded(frame: Frame, count: int = 40) -> tuple[Frame, ...]:
    """Frames of the two seconds before, and of the two before them, and so on."""
    return tuple(
        replace(frame, moment=frames.NOW - timedelta(seconds=2 * n), live=False)
        for n in range(count, 0, -1)
    )


Console = Callable[..., ConsoleApp]


@pytest.fixture
def console(tmp_path: Path) -> Console:
    """A console on frames: ``console(frame, theme=…)``."""

    def made(
        frame: Frame, *, theme: str = "pgvigil-dark", session: playback.Playback | None = None
    ) -> ConsoleApp:
        played = session or playback.Playback(frame, recorded(frames.calm()))

        launch = playback.launch(tmp_path, theme)
        return ConsoleApp(launch, open_session=playback.opens(played), now=lambda: frames.NOW)

    return made
