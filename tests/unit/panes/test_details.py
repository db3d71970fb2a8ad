"""Lock trees, one session, one statement, breakdowns, databases, servers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.api.thresholds import ThresholdSettings
from core.model.connections import Backend, BackendState, Count
from core.model.health import Assessment, Health
from core.model.server import ServerEntry
from core.model.snapshot import Taken
from core.model.unknown import Unknown
from tests.tui import frames
from tests.unit.panes.shown import assert_fits, text_of, view_of
from tui.lines import Role
from tui.panes.backend import backend_lines, find_backend
from tui.panes.backends_table import BACKEND_COLUMNS, backend_rows
from tui.panes.breakdown import breakdown_lines
from tui.panes.databases_table import DATABASE_COLUMNS, database_rows
from tui.panes.locks import lock_tree_lines
from tui.panes.servers import server_rows
from tui.panes.statement import statement_lines
from tui.panes.statements_table import STATEMENT_COLUMNS, statement_rows
from tui.widgets.rows import Cell, Row

pytestmark = pytest.mark.usefixtures("utc")
THRESHOLDS = ThresholdSettings()


def cell(row: Row, columns: tuple[object, ...], key: str) -> Cell:
    place = next(i for i, column in enumerate(columns) if getattr(column, "key", "") == key)
    return row.cells[place]


def test_a_lock_queue_is_a_tree_with_its_root_on_top() -> None:
    lines = text_of(lock_tree_lines(frames.incident_connections(), THRESHOLDS, 160)).splitlines()
    assert lines[0].startswith("4711  idle in transaction 7 min 11 s  holds up 9  batch")
    assert lines[1].startswith("└ 4802  waits 6 min 42 s ✖  holds up 8")
    assert lines[2].startswith("  ├ 4900  waits 2 min 00 s ✖")
    assert [each[2] for each in lines[2:]] == [*"├├├├├├├", "└"]


def test_a_line_leads_past_a_branch_to_the_one_that_follows_it() -> None:
    def waits(pid: int, seconds: float, *blockers: int) -> Backend:
        return frames.backend(
            pid, BackendState.ACTIVE, query="LOCK t", query_seconds=seconds, blocked_by=blockers
        )

    body = frames.incident_connections()
    queue = (waits(1, 9), waits(2, 8, 1), waits(3, 7, 2), waits(4, 6, 1), waits(5, 5, 4))
    wide = text_of(lock_tree_lines(replace(body, backends=queue), THRESHOLDS, 100)).splitlines()
    assert [each.split("  waits")[0] for each in wide[1:]] == ["├ 2", "│ └ 3", "└ 4", "  └ 5"]
    narrow = text_of(lock_tree_lines(replace(body, backends=queue), THRESHOLDS, 36)).splitlines()
    assert "│ │ LOCK t" in narrow
    assert "  │ LOCK t" in narrow


def test_in_a_narrow_tree_each_query_stands_whole_below_its_session() -> None:
    lines = lock_tree_lines(frames.incident_connections(), THRESHOLDS, 44)
    assert_fits(lines, 44, 100)
    text = text_of(lines)
    assert "…" not in text
    words = " ".join(text.translate(dict.fromkeys(map(ord, "├└│"))).split())
    assert words.count("UPDATE stock SET amount = amount - $1 WHERE sku = $2") == 8
    assert "Enter on a session" not in text


def test_where_a_query_is_too_long_for_the_tree_it_says_where_all_of_it_stands() -> None:
    long = "SELECT " + ", ".join(f"column_{n}" for n in range(200))
    body = frames.incident_connections()
    queues = tuple(replace(each, query=long) for each in body.backends)
    lines = lock_tree_lines(replace(body, backends=queues), THRESHOLDS, 44)
    assert_fits(lines, 44, 100)
    text = text_of(lines)
    assert text.count("…") == 10
    assert "Enter on a session shows all of its query." in text


def test_without_a_queue_the_tree_says_what_would_stand_there() -> None:
    text = text_of(lock_tree_lines(frames.calm_connections(), THRESHOLDS, 100))
    assert "No session waits on a lock." in text


def test_a_session_is_told_with_what_it_does_and_whom_it_holds_up() -> None:
    body = frames.incident_connections()
    backend = find_backend(body, 4711)
    assert backend is not None
    text = text_of(backend_lines(view_of(frames.incident()), body, backend, 80))
    assert "state        idle in transaction for 7 min 11 s ✖" in text
    assert "holds up     9 sessions; directly: 4802" in text
    assert "connected    since 13:03:27, 1 h 00 min" in text


def test_a_session_that_waits_names_whom_it_waits_for() -> None:
    body = frames.incident_connections()
    backend = find_backend(body, 4802)
    assert backend is not None
    text = text_of(backend_lines(view_of(frames.incident()), body, backend, 80))
    assert "waits for    Lock: transactionid" in text
    assert "blocked by   4711" in text


def test_the_table_of_sessions_begins_with_the_root_then_who_waits_then_who_works() -> None:
    rows = backend_rows(frames.incident_connections(), THRESHOLDS)
    assert [row.key for row in rows[:3]] == [4711, 4802, 4900]
    states = [cell(row, BACKEND_COLUMNS, "state").text for row in rows]
    assert states[-1] == BackendState.IDLE.value


def test_a_hidden_state_is_unknown_in_the_table() -> None:
    body = frames.hidden().connections
    assert body is not None
    assert not isinstance(body.body, Unknown)
    state = cell(backend_rows(body.body, THRESHOLDS)[0], BACKEND_COLUMNS, "state")
    assert state == Cell("? hidden", Role.UNKNOWN)


def test_a_statement_is_told_with_spread_rows_blocks_wal_and_temp() -> None:
    body = frames.incident_statements()
    text = text_of(statement_lines(view_of(frames.incident()), body, body.top[0], 60))
    for part in ("share of time     92 %", "calls             31  6.20/s",
                 "mean              3.48 s ✖", "± 920 ms  95 % below about 4.99 s",
                 "rows              93  3.00 per call", "9.69 MiB hit, 496 KiB read",
                 "96.0 KiB written", "WAL               5.45 KiB"):  # fmt: skip
        assert part in text


def test_a_spread_that_can_not_be_told_is_unknown_not_zero() -> None:
    body = frames.statements_of([frames.statement(1, "SELECT 1", calls=1, mean_ms=2.0)])
    text = text_of(statement_lines(view_of(frames.incident()), body, body.top[0], 60))
    assert "spread            ? the interval is too short to tell" in text
    row = statement_rows(view_of(frames.incident()), body)[0]
    assert cell(row, STATEMENT_COLUMNS, "spread").text == "?"


def test_breakdowns_count_by_application_client_role_and_database() -> None:
    text = text_of(breakdown_lines(frames.incident_connections(), 80, 40))
    for part in ("by application", "by client", "by role", "by database", "nightly-import"):
        assert part in text


def test_what_a_breakdown_leaves_out_is_counted() -> None:
    many = tuple(Count(f"10.0.0.{n}", 2) for n in range(30))
    body = replace(frames.calm_connections(), by_client=many)
    lines = breakdown_lines(body, 40, 40)
    assert "… 22 more with 44" in text_of(lines)
    assert_fits(lines, 40, 100)


def test_a_size_that_may_not_be_read_is_unknown_and_sorted_last() -> None:
    rows = database_rows(frames.calm_databases(), THRESHOLDS)
    size = cell(rows[1], DATABASE_COLUMNS, "size")
    assert size.text == "?"
    assert size.role is Role.UNKNOWN
    assert isinstance(size.value, Unknown)


def test_rates_of_a_first_reading_are_unknown() -> None:
    first = replace(frames.calm_databases(), since=None, seconds=0.0)
    row = database_rows(first, THRESHOLDS)[0]
    assert cell(row, DATABASE_COLUMNS, "commits").text == "?"


def test_an_error_rate_beyond_its_threshold_is_labelled() -> None:
    row = database_rows(frames.incident_databases(), THRESHOLDS)[0]
    assert cell(row, DATABASE_COLUMNS, "errors").text == "12 % ✖"


def test_servers_stand_worst_first_and_one_that_was_not_read_is_unknown_not_well() -> None:
    entries = [ServerEntry(name, name, name) for name in ("fine", "unread", "burning")]
    burning = replace(frames.incident(), server_id="burning")
    ok = replace(
        frames.calm(), server_id="fine", assessment=Taken(frames.NOW, 2, Assessment(Health.OK, ()))
    )
    rows = server_rows(view_of(frames.calm()), entries, {"fine": ok, "burning": burning})
    assert [row.key for row in rows] == ["burning", "unread", "fine"]
    assert rows[1].cells[0].text == "? UNKNOWN"
