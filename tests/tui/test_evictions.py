"""What pg_stat_statements evicted between two readings, on the screen of the queries."""

from __future__ import annotations

from dataclasses import replace

from core.model.statements import Statements
from core.model.unknown import Unknown
from tests.tui import frames
from tests.tui.conftest import Console
from tests.tui.pressing import in_area
from tests.tui.screen_text import seen


async def test_where_the_extension_does_not_say_how_many_were_evicted_the_reason_is_told(
    console: Console,
) -> None:
    frame = frames.calm()
    taken = frame.statements
    assert taken is not None
    assert isinstance(taken.body, Statements)
    why_not = Unknown("pg_stat_statements 1.8 does not say; 1.9 and later do")
    body = replace(taken.body, evictions=why_not)
    app = console(replace(frame, statements=replace(taken, body=body)))
    async with in_area(app, "3", "tracked") as pilot:
        await seen(pilot, "evictions ? pg_stat_statements 1.8 does not say")
