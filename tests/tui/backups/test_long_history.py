"""More attempts than a page: older ones are read as they are needed."""

from __future__ import annotations

import pytest

from core.api.launch import Launch
from tests.tui import frames
from tests.tui.backups.driving import in_backups, take
from tests.tui.recording import Recording
from tests.tui.screen_text import seen


async def test_older_attempts_are_read_when_the_cursor_comes_to_the_end(
    recording: Recording, launch: Launch
) -> None:
    for hours in range(1, 71):
        take(recording.store, hours)
    app = recording.app(launch)
    async with in_backups(app, "of 60+") as pilot:
        await pilot.press(*["pagedown"] * 3)
        text = await seen(pilot, "of 70")
        assert "of 70+" not in text


@pytest.fixture
def long_history(recording: Recording) -> Recording:
    """More attempts than two pages: the oldest one is of another database."""
    for hours in range(1, 220):
        take(recording.store, hours)
    take(recording.store, 220, database="the-oldest")
    return recording


async def test_one_key_leads_to_the_oldest_attempt_however_many_there_are(
    long_history: Recording, launch: Launch
) -> None:
    app = long_history.app(launch)
    async with in_backups(app, "of 60+") as pilot:
        await pilot.press("G")
        text = await seen(pilot, "220 of 220", "the-oldest")
        assert "of 220+" not in text


async def test_a_filter_looks_through_all_attempts(long_history: Recording, launch: Launch) -> None:
    app = long_history.app(launch)
    async with in_backups(app, "of 60+") as pilot:
        await pilot.press("slash", *"the-oldest")
        await seen(pilot, '1 of 220 hold "the-oldest"')


async def test_an_order_is_one_of_all_attempts(long_history: Recording, launch: Launch) -> None:
    app = long_history.app(launch)
    async with in_backups(app, "of 60+") as pilot:
        await pilot.press("greater_than_sign", "less_than_sign", "r")
        await seen(pilot, "of 220")


async def test_attempts_that_give_way_to_newer_ones_leave_no_gap(
    recording: Recording, launch: Launch
) -> None:
    for hours in range(1, 71):
        take(recording.store, hours)
    app = recording.app(launch)
    async with in_backups(app, "of 60+") as pilot:
        await pilot.press("G")
        await seen(pilot, "of 70")
        for minutes in (5, 10, 15):
            take(recording.store, minutes / 60)
        recording.tick(frames.calm())
        await seen(pilot, "of 73")
