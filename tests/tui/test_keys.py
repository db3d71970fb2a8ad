"""Every key does what the registry says of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from core.model.health import Area, Assessment, Finding, Health, Severity
from core.model.process import Command
from core.model.snapshot import Taken
from tests.tui import frames, playback
from tests.tui.conftest import Console, recorded
from tests.tui.screen_text import gone, seen, still, text_of, until
from tui.actions import ACTIONS, AREAS, Place
from tui.app import ConsoleApp
from tui.screens.area import AreaScreen
from tui.screens.table_area import TableArea
from tui.widgets.columns import SortOrder
from tui.widgets.live_table import LiveTable

SIZE = (100, 30)


def place_of(app: ConsoleApp) -> Place | None:
    """The area in front; none where something else is."""
    return app.screen.PLACE if isinstance(app.screen, AreaScreen) else None


def table_of(app: ConsoleApp) -> LiveTable:
    """The table in front."""
    return app.screen.query_one("#table", LiveTable)


async def opened(pilot: Pilot[Any], key: str, *texts: str) -> str:
    """Open an area and wait until its figures are there."""
    await seen(pilot, "live 14:03:27")
    await pilot.press(key)
    return await seen(pilot, *texts)


async def test_a_frame_that_comes_when_the_console_has_been_left_is_no_error(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "live 14:03:27")
    app.following.live()


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
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "2", "4711")
        await pilot.press(down, down, up)
        await until(pilot, lambda: table_of(app).cursor_key == 4802)


async def test_a_filter_that_nothing_holds_says_so(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "2", "4802")
        await pilot.press("slash", *"zzz")
        await seen(pilot, "No line holds this text.")


async def test_enter_opens_a_session_with_its_query(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "2", "4711")
        await pilot.press("enter")
        await seen(
            pilot,
            "Session 4711",
            "idle in transaction for 7 min 11 s ✖",
            "UPDATE stock SET amount = amount - 1 WHERE sku = $1",
        )


async def test_enter_opens_a_statement_with_its_figures_history_and_text(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(100, 40)) as pilot:
        await opened(pilot, "3", "3.48 s")
        await pilot.press("enter")
        await seen(
            pilot,
            "± 920 ms  95 % below about 4.99 s",
            "WHERE u.email ILIKE $1",
            "⣀ mean",
        )


async def test_a_finding_leads_to_its_place(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "7", "✖ critical")
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
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "7", finding.title)
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
    async with app.run_test(size=(100, 50)) as pilot:
        await opened(pilot, "4", "billing")
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
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot, "4", "billing")
        await pilot.press("enter")
        await seen(pilot, "Database orders")
        await pilot.press("left_square_bracket")
        await seen(pilot, "was not there at this moment")


async def test_enter_on_a_session_opens_the_statement_that_it_runs(console: Console) -> None:
    body = frames.incident_connections()
    listed = tuple(replace(each, query_id=9) for each in body.backends)
    frame = replace(
        frames.incident(),
        connections=Taken(frames.seconds_ago(1), 2, replace(body, backends=listed)),
    )
    app = console(frame)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "2", "4802")
        await pilot.press("j", "enter")
        await seen(pilot, "Session 4802")
        await pilot.press("enter")
        await until(pilot, lambda: place_of(app) is Place.STATEMENT)


async def test_a_session_without_a_listed_statement_says_so(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "2", "4802")
        await pilot.press("enter")
        await seen(pilot, "Session 4711")
        await pilot.press("enter")
        await seen(pilot, "not among the costliest")


async def test_escape_on_a_rewound_overview_is_live_again(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "94 of 97 slots")
        await pilot.press("left_square_bracket")
        await seen(pilot, "14 of 97 slots")
        await pilot.press("escape")
        await seen(pilot, "94 of 97 slots")


async def test_stepping_on_past_the_newest_is_live(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "94 of 97 slots")
        await pilot.press("left_square_bracket")
        await seen(pilot, "not live")
        await pilot.press("right_square_bracket")
        await seen(pilot, "live 14:03:27")


async def test_p_holds_the_screen_still_and_goes_on(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press("p")
        await seen(pilot, "PAUSED 14:03:27")
        await pilot.press("p")
        await gone(pilot, "PAUSED")


async def test_cancelling_shows_what_it_will_do_and_acts_only_on_a_yes(console: Console) -> None:
    session = playback.Playback(frames.incident(), recorded(frames.calm()))
    app = console(frames.incident(), session=session)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "2", "4802")
        await pilot.press("j", "c")
        await seen(pilot, "Cancel the running query on orders-prod", "pg_cancel_backend(4802)")
        await pilot.press("n")
        await gone(pilot, "pg_cancel_backend(4802)")
        assert session.asked == []
        await pilot.press("c")
        await seen(pilot, "pg_cancel_backend(4802)")
        await pilot.press("y")
        await until(pilot, lambda: bool(session.asked))
    (command, arguments) = session.asked[0]
    assert command is Command.CANCEL_QUERY
    assert arguments == {"pid": "4802", "backend_start": frames.seconds_ago(3600).isoformat()}


async def test_a_session_that_runs_no_query_is_not_asked_about(console: Console) -> None:
    session = playback.Playback(frames.incident())
    app = console(frames.incident(), session=session)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "2", "4802")
        await pilot.press("c")
        await seen(pilot, "No query runs there that could be cancelled")
    assert session.asked == []


async def test_marked_sessions_are_ended_together(console: Console) -> None:
    session = playback.Playback(frames.incident())
    app = console(frames.incident(), session=session)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "2", "4802")
        await pilot.press("space", "space", "x")
        await seen(pilot, "End the session of 2 sessions")
        await pilot.press("y")
        await until(pilot, lambda: len(session.asked) == 2)
    assert [arguments["pid"] for _, arguments in session.asked] == ["4711", "4802"]


async def test_what_came_of_an_action_is_told(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "2", "4711")
        await pilot.press("x")
        await seen(pilot, "pg_terminate_backend(4711)")
        await pilot.press("y")
        await seen(pilot, "done")


async def test_nothing_can_be_acted_on_in_the_past(console: Console) -> None:
    session = playback.Playback(frames.incident(), recorded(frames.incident()))
    app = console(frames.incident(), session=session)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "2", "4711")
        await pilot.press("left_square_bracket")
        text = await seen(pilot, "not live")
        assert "end session" not in text
        await pilot.press("x")
        await seen(pilot, "Only what is live can be acted on")
        assert place_of(app) is Place.CONNECTIONS
    assert session.asked == []


async def test_question_mark_lists_the_keys_of_the_screen(console: Console) -> None:
    app = console(frames.calm())
    async with app.run_test(size=(100, 50)) as pilot:
        await opened(pilot, "2", "4300")
        await pilot.press("question_mark")
        await seen(pilot, "Keys in connections", "pg_terminate_backend")
        await pilot.press("escape")
        await gone(pilot, "Keys in connections")


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_the_palette_finds_actions_by_name(console: Console, key: str) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press(key)
        await until(pilot, lambda: place_of(app) is None)
        await pilot.press(*"queries (3)")
        await seen(pilot, "open the queries area")
        await pilot.press("enter")
        await until(pilot, lambda: place_of(app) is Place.QUERIES)


async def test_y_copies_the_row_under_the_cursor(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "2", "4711")
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard.startswith("4711\tidle in tx"))


async def test_e_writes_evidence_and_says_where(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press("e")
        await seen(pilot, "Evidence copied, and written to")
    (written,) = (app.launch.state_folder / "evidence").iterdir()
    assert written.name == "20260314T140327Z-orders-prod-overview.md"
    assert written.stat().st_mode & 0o777 == 0o600
    assert "94 of 97 slots" in written.read_text()
    assert app.clipboard == written.read_text()


async def test_t_changes_the_theme(console: Console) -> None:
    app = console(frames.calm())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        before = app.theme
        await pilot.press("t")
        await until(pilot, lambda: app.theme != before)


async def test_s_lists_the_servers_and_enter_looks_at_one(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "s", "94 of 97 97 %")
        await pilot.press("enter")
        await until(pilot, lambda: place_of(app) is Place.OVERVIEW)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_quit_leaves_and_closes_the_session(console: Console, key: str) -> None:
    session = playback.Playback(frames.calm())
    app = console(frames.calm(), session=session)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press(key)
    assert session.closed


async def test_sort_keys_go_through_the_columns(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "3", "3.48 s")
        table = table_of(app)
        await pilot.press("greater_than_sign", "greater_than_sign")
        await until(pilot, lambda: (table.sorted_by or ("",))[0] == "mean")
        await pilot.press("less_than_sign")
        await until(pilot, lambda: (table.sorted_by or ("",))[0] == "share")
        first = table.rows[0].key
        await pilot.press("r")
        await until(pilot, lambda: table.rows[-1].key == first)


async def test_tab_leads_through_sessions_lock_queues_breakdowns_and_history(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "2", "4711")
        await pilot.press("tab")
        await seen(pilot, "└ 4802")
        await pilot.press("tab")
        await seen(pilot, "by application")
        await pilot.press("tab")
        await seen(pilot, "⣀ all")
        await pilot.press("tab")
        await gone(pilot, "⣀ all")
        assert "4711" in text_of(app)


def test_no_key_has_two_meanings_in_one_place() -> None:
    for place in Place:
        keys = [key for action in ACTIONS if place in action.places for key in action.keys]
        assert len(keys) == len(set(keys)), place


def test_every_action_has_a_label_and_a_help() -> None:
    for action in ACTIONS:
        assert action.label, action.name
        assert action.help, action.name


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("area", ["2", "3", "4", "7", "s"])
async def test_the_heading_names_what_a_table_is_sorted_by_at_every_step(
    console: Console, size: tuple[int, int], area: str
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=size, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press(area)
        await until(pilot, lambda: isinstance(app.screen, TableArea))
        table = table_of(app)
        for _ in table.columns:
            await pilot.press("greater_than_sign")
            told = await still(pilot)
            key, order = table.sorted_by or ("", SortOrder.ASCENDING)
            label = next(column.label for column in table.columns if column.key == key)
            assert label + ("↑" if order is SortOrder.ASCENDING else "↓") in told


@pytest.mark.parametrize("area", ["2", "3", "4", "7", "9"])
async def test_a_table_has_no_keys_but_those_of_the_registry(console: Console, area: str) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press(area)
        await until(pilot, lambda: isinstance(app.focused, LiveTable))
        bound = app.screen.active_bindings.values()
        assert {each.node for each in bound} <= {app, app.screen}


async def test_right_brings_in_columns_and_left_brings_them_back(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, "2", "4711")
        assert "application" not in text_of(app)
        for _ in range(4):
            await pilot.press("right")
        await seen(pilot, "application")
        for _ in range(4):
            await pilot.press("left")
        await gone(pilot, "application")


async def test_what_acts_on_a_session_stands_in_the_footer_of_a_small_terminal(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        footer = (await opened(pilot, "2", "4711")).splitlines()[-1]
        assert "c cancel query" in footer
        assert "x end session" in footer


async def test_a_statement_begins_with_its_text_in_a_small_terminal(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, "3", "3.48 s")
        await pilot.press("enter")
        told = (await seen(pilot, "⣀ mean", "95 % below", "WAL")).splitlines()
        title = next(n for n, row in enumerate(told) if row.startswith("Statement "))
        assert told[title + 1].startswith("SELECT ")


async def test_the_statements_of_a_database_are_in_sight_in_a_small_terminal(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, "4", "sizes from")
        await pilot.press("enter")
        told = (await seen(pilot, "⣀ commits/s", "Statements")).splitlines()
        titles = next(n for n, row in enumerate(told) if row.split()[:2] == ["time", "mean"])
        rows = [row for row in told[titles + 1 :] if " ms " in row or " s " in row]
        assert len(rows) >= 3


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


async def test_in_the_smallest_terminal_the_palette_shows_what_is_typed(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(20, 5), notifications=True) as pilot:
        await seen(pilot, "CRITICAL")
        await pilot.press("colon", *"pau")
        told = await seen(pilot, "pau", "pause (p)")
        assert told.splitlines()[0].strip() == "pau"


async def test_in_the_smallest_terminal_the_hint_of_the_filter_is_whole(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(20, 5), notifications=True) as pilot:
        await seen(pilot, "CRITICAL")
        await pilot.press("2")
        await still(pilot)
        await pilot.press("slash")
        await seen(pilot, "filter")
        assert "Enter" not in text_of(app)


async def test_what_was_told_does_not_cover_the_help(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(20, 5), notifications=True) as pilot:
        await seen(pilot, "CRITICAL")
        app.tell("Theme light")
        await seen(pilot, "Theme light")
        await pilot.press("question_mark")
        await seen(pilot, "Keys in")
        await gone(pilot, "Theme light")


async def test_in_the_smallest_terminal_the_help_cuts_no_word(console: Console) -> None:
    app = console(frames.incident())
    async with app.run_test(size=(20, 5), notifications=True) as pilot:
        await seen(pilot, "CRITICAL")
        await pilot.press("question_mark")
        told = await seen(pilot, "Keys in overview", "open the overview")
        assert "…" not in told


async def test_where_no_row_is_left_the_footer_names_no_key_that_acts_on_one(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await opened(pilot, "2", "4711", "Enter detail", "x end session")
        await pilot.press("slash", *"zzz", "enter")
        await seen(pilot, "No line holds this text.")
        await gone(pilot, "Enter detail")
        assert "end session" not in text_of(app)


async def test_a_key_right_behind_the_esc_of_the_palette_belongs_to_the_screen(
    console: Console,
) -> None:
    app = console(frames.incident())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "live 14:03:27")
        await pilot.press("colon", *"pau")
        await seen(pilot, "pause (p)")
        app.post_message(events.Key("escape", None))
        app.post_message(events.Key("2", "2"))
        await until(pilot, lambda: place_of(app) is Place.CONNECTIONS)
