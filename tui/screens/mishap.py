"""In a demonstration: what breaks by mistake, so that somebody may mend it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import PgvigilError
from tui.actions import actions_at
from tui.screens.area import AreaScreen
from tui.text import clean
from tui.widgets.confirm import Confirm, Question


@dataclass(frozen=True, slots=True)
class Mishap:
    """``what`` would happen, in SQL; ``do`` lets it happen, waits, and gives what to tell of it."""

    what: str
    do: Callable[[], str]


def let_happen(screen: AreaScreen, mishap: Mishap) -> None:
    """Ask, let it happen, and say how it is mended; nothing where its key leads nowhere."""
    if not any(each.name == "app.mishap" for each in actions_at(screen.place, demo=True)):
        return
    screen.run_worker(_let_happen(screen, mishap), group="mishap", exclusive=True)


async def _let_happen(screen: AreaScreen, mishap: Mishap) -> None:
    question = Question(
        title="Drop a table of the demo, by mistake",
        steps=(mishap.what, "the shop goes on without it, as well as it can: not at all"),
        consequence="Its rows are gone, but for the backups. R brings them back, step by step.",
    )
    if not await screen.app.push_screen_wait(Confirm(question)):
        return
    try:
        told = await asyncio.to_thread(mishap.do)
    except PgvigilError as error:
        screen.notify(clean(f"✖ {error}"), severity="error", markup=False)
    else:
        screen.notify(clean(f"{told} R brings it back, step by step."), markup=False)
