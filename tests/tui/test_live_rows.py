"""Rows that come and go under the cursor, the marks, the filter and the order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.model.connections import Backend
from core.model.snapshot import Frame, Taken
from tests.tui import frames
from tests.tui.conftest import Console
from tests.tui.playback import Stream
from tests.tui.pressing import opened, table_of
from tests.tui.screen_text import gone, seen, until

SIZE = (110, 30)


def with_sessions(backends: Iterable[Backend]) -> Frame:
    body = frames.connections_of(list(backends))
    return replace(frames.calm(), connections=Taken(frames.seconds_ago(1), 2, body))


def session(pid: int, seconds: float, application: str = "orders-api") -> Backend:
    return frames.backend(pid, state_seconds=seconds, application=application)


BEFORE = [session(100 + n, 100.0 - n) for n in range(30)]


async def test_cursor_and_mark_stay_on_their_session_while_others_come_and_go(
    console: Console,
) -> None:
    stream = Stream(with_sessions(BEFORE))
    app = console(with_sessions(BEFORE), session=stream)
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot, "2", "105")
        await pilot.press("j", "j", "j", "j", "space")
        await until(pilot, lambda: table_of(app).cursor_key == 105)
        stream.queue.put_nowait(
            with_sessions([session(900 + n, 500) for n in range(3)] + BEFORE[2:])
        )
        await seen(pilot, "902", "1 marked")
        table = table_of(app)
        assert table.cursor_key == 105
        assert table.marks == {104}
        stream.queue.put_nowait(with_sessions(BEFORE[6:]))
        await gone(pilot, "902")
        assert table.cursor_key is not None
        assert table.marks == frozenset()
        await gone(pilot, "1 marked")


async def test_a_filter_and_an_order_hold_for_rows_that_come_later(console: Console) -> None:
    stream = Stream(with_sessions(BEFORE))
    app = console(with_sessions(BEFORE), session=stream)
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot, "2", "105")
        await pilot.press("slash", *"nightly", "enter")
        await seen(pilot, "No line holds this text.")
        await pilot.press("greater_than_sign")
        late = [session(500, 3, "nightly-import"), session(400, 9, "nightly-import")]
        stream.queue.put_nowait(with_sessions([*BEFORE, *late]))
        await seen(pilot, '2 of 32 hold "nightly"', "pid↑")
        assert [row.key for row in table_of(app).rows] == [400, 500]
        await pilot.press("r")
        await until(pilot, lambda: [row.key for row in table_of(app).rows] == [500, 400])
        stream.queue.put_nowait(with_sessions(BEFORE))
        await seen(pilot, "No line holds this text.")
        await pilot.press("slash", "escape")
        await seen(pilot, "129")
