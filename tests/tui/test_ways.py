"""Where keys lead: areas, details, findings' places, panes of the overview, and back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.model.health import Area, Assessment, Finding, Health, Severity
from core.model.snapshot import Taken
from tests.tui import frames, playback
from tests.tui.conftest import Console, recorded
from tests.tui.pressing import SIZE, in_area, place_of, table_of, walk
from tests.tui.screen_text import gone, seen, still, text_of, until
from tui.actions import AREAS, Place


@pytest.mark.parametrize("number", range(1, len(AREAS) + 1))
async def test_a_number_opens_its_area_and_escape_leads_back(console: Console, number: int) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press(str(number))
        await until(pilot, lambda: place_of(app) is AREAS[number - 1])
        await pilot.press("escape")
        await until(pilot, lambda: place_of(app) is Place.OVERVIEW)


async def test_from_one_area_to_the_next_the_overview_is_one_step_back(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("2", "3", "4")
        await until(pilot, lambda: place_of(app) is Place.DATABASES)
        await pilot.press("escape")
        await until(pilot, lambda: place_of(app) is Place.OVERVIEW)


async def test_an_area_that_is_opened_before_anything_was_read_fills_itself(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("2")
        await seen(pilot, "4711", "94 of 97 slots")


@pytest.mark.parametrize(("down", "up"), [("j", "k"), ("down", "up")])
async def test_j_k_and_the_arrows_move_the_cursor(console: Console, down: str, up: str) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4711") as pilot:
        await pilot.press(down, down, up)
        await until(pilot, lambda: table_of(app).cursor_key == 4802)


async def test_enter_opens_a_session_with_its_query(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4711") as pilot:
        await pilot.press("enter")
        await seen(
            pilot,
            "Session 4711",
            "idle in transaction for 7 min 11 s ✖",
            "UPDATE stock SET amount = amount - 1 WHERE sku = $1",
        )


async def test_enter_opens_a_statement_with_its_figures_history_and_text(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "3", "3.48 s", size=(100, 40)) as pilot:
        await pilot.press("enter")
        await seen(
            pilot,
            "± 920 ms  95 % below about 4.99 s",
            "WHERE u.email ILIKE $1",
            "⣀ mean",
        )


async def test_a_finding_leads_to_its_place(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "7", "✖ critical") as pilot:
        await pilot.press("j", "j", "enter")
        await seen(pilot, "Session 4711")
        await pilot.press("escape")
        await until(pilot, lambda: place_of(app) is Place.FINDINGS)


@pytest.mark.parametrize(
    ("finding", "place"),
    [
        (frames.finding(Area.SERVER, Severity.INFO, "The server is a standby"), Place.SERVER),
        (frames.finding(Area.PGVIGIL, Severity.INFO, "pgvigil asks less often"), Place.SERVER),
        (frames.finding(Area.CONNECTIONS, Severity.HIGH, "use", ""), Place.CONNECTIONS),
        (frames.finding(Area.CONNECTIONS, Severity.HIGH, "locks", "4711"), Place.BACKEND),
        (frames.finding(Area.QUERIES, Severity.HIGH, "slow", "10/16384/9/top"), Place.STATEMENT),
        (frames.finding(Area.QUERIES, Severity.HIGH, "evictions"), Place.QUERIES),
        (frames.finding(Area.DATABASES, Severity.HIGH, "errors", "orders"), Place.DATABASE),
        (frames.finding(Area.DATABASES, Severity.HIGH, "errors", "gone"), Place.DATABASES),
        (frames.finding(Area.BACKUPS, Severity.HIGH, "no backup"), Place.BACKUPS),
        (frames.finding(Area.SECURITY, Severity.HIGH, "a grant"), Place.SECURITY),
    ],
    ids=lambda value: value.value if isinstance(value, Place) else value.title,
)
async def test_every_kind_of_finding_leads_to_its_place_and_back(
    console: Console, finding: Finding, place: Place
) -> None:
    assessed = Taken(frames.NOW, 2, Assessment(Health.WARNING, (finding,)))
    app = console(replace(frames.incident(), assessment=assessed))
    async with in_area(app, "7", finding.title) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: place_of(app) is place)
        await pilot.press("escape")
        await until(pilot, lambda: place_of(app) is Place.FINDINGS)


async def test_the_place_of_a_link_that_is_down_says_why_and_what_to_do(console: Console) -> None:
    app = console(frames.link_down())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "does not answer")
        await pilot.press("7", "enter")
        await seen(
            pilot, "link    unreachable since", "Check that PostgreSQL runs", "PostgreSQL 18.1"
        )


async def test_enter_opens_a_database_with_its_figures_history_sessions_and_statements(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with in_area(app, "4", "billing", size=(100, 50)) as pilot:
        await pilot.press("enter")
        await seen(pilot, "Database orders", "error rate   12 % ✖", "45.0 GiB")
        await seen(pilot, "9 wait on locks", "SELECT * FROM orders o JOIN users u", "⣀ commits/s")
        await pilot.press("tab")
        await seen(pilot, "⣀ cache hits")
        await gone(pilot, "⣀ commits/s")
        await pilot.press("tab", "tab")
        await seen(pilot, "⣀ size")


async def test_a_database_that_was_not_there_at_a_moment_says_so(console: Console) -> None:
    alone = replace(frames.calm_databases(), databases=frames.calm_databases().databases[1:])
    before = replace(frames.calm(), databases=Taken(frames.seconds_ago(10), 10, alone))
    session = playback.Playback(frames.incident(), recorded(before))
    app = console(frames.incident(), session=session)
    async with in_area(app, "4", "billing") as pilot:
        await walk(
            pilot,
            ("enter", "Database orders"),
            ("left_square_bracket", "was not there at this moment"),
        )


async def test_enter_on_a_session_opens_the_statement_that_it_runs(console: Console) -> None:
    body = frames.incident_connections()
    listed = tuple(replace(each, query_id=9) for each in body.backends)
    frame = replace(
        frames.incident(),
        connections=Taken(frames.seconds_ago(1), 2, replace(body, backends=listed)),
    )
    app = console(frame)
    async with in_area(app, "2", "4802") as pilot:
        await pilot.press("j", "enter")
        await seen(pilot, "Session 4802")
        await pilot.press("enter")
        await until(pilot, lambda: place_of(app) is Place.STATEMENT)


async def test_a_session_without_a_listed_statement_says_so(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4802") as pilot:
        await walk(pilot, ("enter", "Session 4711"), ("enter", "not among the costliest"))


async def test_escape_on_a_rewound_overview_is_live_again(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "94 of 97 slots")
        await walk(pilot, ("left_square_bracket", "14 of 97 slots"), ("escape", "94 of 97 slots"))


async def test_stepping_on_past_the_newest_is_live(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "94 of 97 slots")
        await walk(
            pilot, ("left_square_bracket", "not live"), ("right_square_bracket", "live 14:03:27")
        )


async def test_p_holds_the_screen_still_and_goes_on(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press("p")
        await seen(pilot, "PAUSED 14:03:27")
        await pilot.press("p")
        await gone(pilot, "PAUSED")


async def test_s_lists_the_servers_and_enter_looks_at_one(console: Console) -> None:
    app = console(frames.incident())
    async with in_area(app, "s", "94 of 97 97 %") as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: place_of(app) is Place.OVERVIEW)


async def test_tab_leads_through_sessions_lock_queues_breakdowns_and_history(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with in_area(app, "2", "4711") as pilot:
        await walk(pilot, ("tab", "└ 4802"), ("tab", "by application"), ("tab", "⣀ all"))
        await pilot.press("tab")
        await gone(pilot, "⣀ all")
        assert "4711" in text_of(app)


@pytest.mark.parametrize(
    ("size", "keys", "place"),
    [
        ((80, 24), (), Place.CONNECTIONS),
        ((80, 24), ("tab",), Place.QUERIES),
        ((80, 24), ("j",), Place.BACKUPS),
        ((80, 24), ("right", "down"), Place.SECURITY),
        ((80, 24), ("shift+tab",), Place.SECURITY),
        ((200, 50), ("l", "l"), Place.FINDINGS),
        ((200, 50), ("l", "down", "up", "left", "j"), Place.DATABASES),
    ],
)
async def test_keys_alone_lead_to_each_pane_of_the_overview_and_open_its_area(
    console: Console, size: tuple[int, int], keys: tuple[str, ...], place: Place
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=size, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27", "▸ Connections")
        for key in keys:
            await pilot.press(key)
            assert (await still(pilot)).count("▸ ") == 1
        await pilot.press("enter")
        await until(pilot, lambda: place_of(app) is place)


async def test_the_cursor_of_the_overview_leaves_a_pane_that_there_is_no_room_for(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(200, 50), notifications=True) as pilot:
        await seen(pilot, "live 14:03:27", "▸ Connections")
        await pilot.press("l", "l")
        await seen(pilot, "▸ Findings")
        await pilot.resize_terminal(80, 24)
        await seen(pilot, "▸ Connections")
