"""The footer names keys that do something where they stand, and what they do there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from core.model.connections import Backend, Connections
from core.model.snapshot import Frame
from core.model.statements import Statements
from tests.tui import backup_frames, frames
from tests.tui.conftest import Console
from tests.tui.pressing import in_area, place_of
from tests.tui.screen_text import gone, seen, still, text_of, until
from tui.actions import Place

WIDE = (160, 40)
IDLE, RUNNING = "7000", "5003"


def footer_of(pilot: Pilot[Any]) -> str:
    return text_of(pilot.app).rstrip("\n").splitlines()[-1]


async def footer(pilot: Pilot[Any], *texts: str) -> str:
    """The footer, once all texts stand there."""
    await until(pilot, lambda: all(text in footer_of(pilot) for text in texts))
    return footer_of(pilot)


async def no_longer(pilot: Pilot[Any], *texts: str) -> None:
    await until(pilot, lambda: not any(text in footer_of(pilot) for text in texts))


async def filtered(pilot: Pilot[Any], text: str) -> None:
    await pilot.press("slash", *text, "enter")
    await seen(pilot, f'hold "{text}"')


async def test_while_a_filter_is_typed_it_names_what_the_keys_do_in_the_field(
    console: Console,
) -> None:
    async with in_area(console(frames.incident()), "2", "4711", "q quit") as pilot:
        await pilot.press("slash", *"batch")
        told = await footer(pilot, "Enter keep", "Esc clear")
        assert told.split("  ") == ["Enter keep", "Esc clear"]
        await pilot.press("enter")
        await footer(pilot, "q quit", "Enter detail")
        await no_longer(pilot, "Enter keep")
        await seen(pilot, '1 of 94 hold "batch"')
        await pilot.press("slash")
        await footer(pilot, "Esc clear")
        await pilot.press("escape")
        await footer(pilot, "Esc back")
        await gone(pilot, "hold")


async def test_a_click_on_what_it_names_of_the_field_does_that(console: Console) -> None:
    async with in_area(console(frames.incident()), "2", "4711") as pilot:
        await pilot.press("slash", *"batch")
        await footer(pilot, "Esc clear")
        await pilot.click("#footer", offset=(footer_of(pilot).index("Esc"), 0))
        await footer(pilot, "Esc back")
        assert "hold" not in text_of(pilot.app)


async def test_a_click_into_the_table_ends_the_typing(console: Console) -> None:
    async with in_area(console(frames.incident()), "2", "4711") as pilot:
        await pilot.press("slash", *"app")
        await footer(pilot, "Enter keep")
        await pilot.click("#table", offset=(20, 3))
        await footer(pilot, "Enter detail")


async def test_where_no_row_is_left_it_names_no_key_that_acts_on_one(console: Console) -> None:
    async with in_area(
        console(frames.incident()), "2", "4711", "Enter detail", "x end session"
    ) as pilot:
        await pilot.press("slash", *"zzz", "enter")
        await seen(pilot, "No line holds this text.")
        await footer(pilot, "q quit")
        await no_longer(pilot, "Enter detail", "end session")


async def test_only_of_a_session_that_runs_a_query_it_says_that_the_query_is_cancelled(
    console: Console,
) -> None:
    async with in_area(console(frames.incident()), "2", "4711") as pilot:
        await filtered(pilot, IDLE)
        await footer(pilot, "x end session")
        await no_longer(pilot, "c cancel query")
        await pilot.press("enter")
        await seen(pilot, f"Session {IDLE}")
        assert "c cancel query" not in await footer(pilot, "x end session")
        await pilot.press("escape", "slash", "escape")
        await filtered(pilot, RUNNING)
        await footer(pilot, "c cancel query", "x end session")
        await pilot.press("enter")
        await seen(pilot, f"Session {RUNNING}")
        await footer(pilot, "c cancel query", "x end session")


async def test_it_follows_the_cursor_from_session_to_session(console: Console) -> None:
    async with in_area(console(frames.incident()), "2", "4711") as pilot:
        assert "c cancel query" not in await footer(pilot, "x end session")
        await pilot.press("j")
        await footer(pilot, "c cancel query")
        await pilot.press("k")
        await no_longer(pilot, "c cancel query")
        await pilot.press("tab")
        await seen(pilot, "Lock queues")
        await no_longer(pilot, "c cancel query")
        await pilot.press("j")
        await footer(pilot, "c cancel query")


async def test_of_marked_sessions_one_that_runs_a_query_is_enough(console: Console) -> None:
    async with in_area(console(frames.incident()), "2", "4711") as pilot:
        await pilot.press("j", "space", "k")
        await seen(pilot, "1 marked")
        await footer(pilot, "c cancel query")


def _behind_a_prepared_transaction() -> Frame:
    """A queue whose root is no session."""
    frame = frames.incident()
    taken = frame.connections
    assert taken is not None
    assert isinstance(taken.body, Connections)
    kept = tuple(
        replace(each, blocked_by=(0,)) if each.pid == 4802 else each
        for each in taken.body.backends
        if each.pid != 4711
    )
    body = replace(taken.body, backends=kept)
    return replace(frame, connections=replace(taken, body=body))


async def test_a_prepared_transaction_is_nothing_to_open_or_to_end(console: Console) -> None:
    app = console(_behind_a_prepared_transaction())
    async with in_area(app, "2", "4802") as pilot:
        await pilot.press("tab")
        await seen(pilot, "Lock queues")
        told = await footer(pilot, "y copy session")
        assert not any(named in told for named in ("detail", "cancel", "end session"))
        await pilot.press("j")
        await footer(pilot, "Enter detail", "c cancel query", "x end session")


def _with_query(**changes: object) -> Frame:
    """An incident in which the first session has another query."""
    frame = frames.incident()
    taken = frame.connections
    assert taken is not None
    assert isinstance(taken.body, Connections)
    first, *others = taken.body.backends
    changed: Backend = replace(first, **changes)  # type: ignore[arg-type]
    body = replace(taken.body, backends=(changed, *others))
    return replace(frame, connections=replace(taken, body=body))


async def test_a_sessions_statement_is_named_where_it_is_a_listed_one(console: Console) -> None:
    statements = frames.incident_statements()
    assert isinstance(statements, Statements)
    listed = statements.top[0]
    known = _with_query(query_id=listed.key.query_id, role=listed.role, database=listed.database)
    async with in_area(console(known), "2", "4711", size=WIDE) as pilot:
        await pilot.press("enter")
        await seen(pilot, "Session 4711")
        await footer(pilot, "Enter statement", "y copy query")
    async with in_area(console(_with_query(query="")), "2", "4711", size=WIDE) as pilot:
        await pilot.press("enter")
        await seen(pilot, "Session 4711")
        told = await footer(pilot, "e evidence")
        assert not any(named in told for named in ("statement", "copy query"))


async def test_it_names_keys_of_backups_where_the_cursor_is_on_one(console: Console) -> None:
    async with in_area(console(backup_frames.incident()), "5", "✖ failed", size=(200, 30)) as pilot:
        text = text_of(pilot.app)
        assert "v verify" not in text
        assert "c cancel job" not in text
        for _ in backup_frames.trouble().history.rows[:3]:
            await pilot.press("j")
        await seen(pilot, "v verify", "K keep")
        await pilot.press("p")
        await seen(pilot, "p resume")
        await gone(pilot, "v verify")


async def test_where_no_backup_can_be_taken_it_names_no_key_that_takes_one(
    console: Console,
) -> None:
    async with in_area(console(frames.calm()), "5", "not set up") as pilot:
        for _ in range(3):
            assert "back up now" not in await footer(pilot, "Tab view")
            await pilot.press("tab")
            await still(pilot)
    async with in_area(console(backup_frames.calm()), "5", "• good") as pilot:
        for _ in range(3):
            await footer(pilot, "b back up now")
            await pilot.press("tab")
            await still(pilot)


async def test_a_schedule_opens_where_a_run_of_it_has_left_a_job(console: Console) -> None:
    overview = backup_frames.overview()
    newest = overview.runs[0]
    left = replace(newest, schedule=overview.schedules[0].name, job_id="20260314T020000Z-full-1")
    frame = backup_frames.with_backups(frames.calm(), replace(overview, runs=(left,)))
    async with in_area(console(frame), "5", "• good") as pilot:
        await pilot.press("tab")
        await footer(pilot, "Enter detail", "n run now", "z pause/resume")
        await pilot.press("G")
        await no_longer(pilot, "Enter detail")
        await footer(pilot, "n run now")


@pytest.mark.parametrize(("size", "is_named"), [((100, 30), True), ((200, 50), False)])
async def test_further_charts_are_named_where_not_all_are_in_sight(
    console: Console, size: tuple[int, int], is_named: bool
) -> None:
    async with in_area(console(frames.incident()), "4", "sizes from", size=size) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: place_of(pilot.app) is Place.DATABASE)  # type: ignore[arg-type]
        await still(pilot)
        assert ("Tab chart" in footer_of(pilot)) is is_named
