"""The terminal: what it shows, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from core.config.settings_types import Seconds, about


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """What the terminal shows."""

    theme: Annotated[
        str,
        Meta(min_length=1),
        about("Colour theme: a shipped one, or a file in themes/ here."),
    ] = "pgvigil-dark"
    low_bandwidth: Annotated[bool, about("Draw less and less often, for a slow link.")] = False
    history_minutes: Annotated[
        int, Meta(ge=5, le=1440), about("Minutes of history that the charts show.")
    ] = 60
    status_timeout_seconds: Annotated[
        Seconds,
        about("Seconds that pgvigil status waits: for a watcher to start, and to connect or fail."),
    ] = 20
    status_no_answer_seconds: Annotated[
        Seconds, about("A server that answers no attempt to connect for so long is critical.")
    ] = 5
