from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest

from core.api.configuration import ThresholdSettings
from core.errors import ExitCode
from core.model.health import Finding, Health, Severity
from core.model.server import ServerEntry
from core.model.statements import StatementDelta, StatementKey, Statements
from core.model.unknown import Unknown
from tests.unit.cli.frames import ENTRY, connections, finding, frame, taken
from tui.status.document import document
from tui.status.look import EXIT_CODES, Look, worst
from tui.status.plugin import Figure, line
from tui.status.text import text

LIMITS = ThresholdSettings()
PERFDATA = re.compile(
    r"'(?P<label>(?:[^'=|]|'')+)'=(?P<value>U|-?[\d.]+)(?P<unit>s|ms|%|B|c)?(?:;[\d.]*){0,4}"
)


def look(health: Health = Health.OK, *found: Finding, **changes: Any) -> Look:
    return Look(ENTRY, dataclasses.replace(frame(health, *found), **changes))


@pytest.mark.parametrize(
    ("healths", "expected"),
    [
        ([Health.OK], ExitCode.OK),
        ([Health.OK, Health.WARNING], ExitCode.WARNING),
        ([Health.OK, Health.UNKNOWN], ExitCode.UNKNOWN),
        ([Health.UNKNOWN, Health.WARNING, Health.OK], ExitCode.WARNING),
        ([Health.UNKNOWN, Health.CRITICAL, Health.WARNING], ExitCode.CRITICAL),
        ([], ExitCode.UNKNOWN),
    ],
)
def test_the_worst_server_gives_the_exit_code(healths: list[Health], expected: ExitCode) -> None:
    assert EXIT_CODES[worst([look(health) for health in healths])] is expected


def test_the_text_begins_with_the_health_and_the_pool() -> None:
    first, *rest = text([look()]).splitlines()
    assert first == "OK        orders  41 of 100 connections (41 %)"
    assert rest[-1] == (
        "  postgresql://pgvigil@db/orders, PostgreSQL 16.4, primary, up 12 d 04 h,"
        " looked at 2 s ago"
    )


def test_the_text_says_of_a_finding_since_when_and_what_to_do() -> None:
    shown = text([look(Health.CRITICAL, finding())])
    assert shown.startswith("CRITICAL  orders")
    assert "CRITICAL Connections at 98 %  (since " in shown
    assert "do: End idle ones." in shown


def test_a_terminal_gets_lines_that_fit_it_and_nothing_is_cut() -> None:
    found = dataclasses.replace(finding(), advice="End idle ones. " * 12)
    whole = text([look(Health.CRITICAL, found)])
    fitted = text([look(Health.CRITICAL, found)], width=60)
    assert max(map(len, fitted.splitlines())) <= 60
    assert fitted.split() == whole.split()


def test_a_server_that_nobody_looked_at_is_unknown_and_says_why() -> None:
    unseen = look(assessment=None, connections=None)
    assert text([unseen]).splitlines()[:2] == [
        "UNKNOWN   orders",
        "  nothing was assessed: no watcher has looked at the server yet",
    ]
    assert line([unseen], LIMITS).startswith("PGVIGIL UNKNOWN - no watcher has looked")


def test_text_from_a_server_reaches_no_terminal_as_it_is() -> None:
    hostile = finding("role \x1b[2Jbad\n| x")
    for shown in (text([look(Health.CRITICAL, hostile)]), line([look(Health.OK, hostile)], LIMITS)):
        assert "\x1b" not in shown
    assert line([look(Health.OK, hostile)], LIMITS).count("|") == 1


def test_the_plugin_line_names_the_pool_with_its_limits_and_range() -> None:
    shown = line([look()], LIMITS)
    assert shown.startswith("PGVIGIL OK - 41 of 100 connections used | ")
    assert "'connections'=41;80;95;0;100" in shown
    assert "'idle_in_transaction'=5;;;0" in shown
    assert "'longest_transaction'=125s;300;1800;0" in shown
    assert "'rollbacks_per_second'=1;;;0" in shown
    assert "'cache_hit'=99.9%;;;0;100" in shown


def test_every_item_of_perfdata_follows_the_guidelines() -> None:
    for shown in (line([look()], LIMITS), line([look(connections=None)], LIMITS)):
        assert "\n" not in shown
        items = shown.split(" | ")[1]
        assert PERFDATA.sub("", items).strip() == ""


def test_the_labels_of_perfdata_stay_the_same_when_nothing_is_known() -> None:
    known = PERFDATA.findall(line([look()], LIMITS).split(" | ")[1])
    nothing = look(connections=None, statements=None, databases=None, cost=None)
    unknown = PERFDATA.findall(line([nothing], LIMITS).split(" | ")[1])
    assert [item[0] for item in unknown] == [item[0] for item in known]
    assert {item[1] for item in unknown} == {"U"}


def test_what_the_role_may_not_see_is_unknown_and_not_zero() -> None:
    hidden = look(connections=taken(connections(details=Unknown("no pg_monitor", "GRANT …"))))
    assert "'active'=U" in line([hidden], LIMITS)
    assert "'connections'=41;" in line([hidden], LIMITS)
    assert "? no pg_monitor" in text([hidden])


def statements(**changes: Any) -> Statements:
    body = frame().statements
    assert body is not None
    assert not isinstance(body.body, Unknown)
    return dataclasses.replace(body.body, **changes)


def test_calls_of_which_statements_are_hidden_are_unknown_and_not_zero() -> None:
    why = Unknown("92 statements of other roles are hidden from this role", "GRANT …")
    hidden = look(statements=taken(statements(calls=0, total_ms=0.0, hidden=92, details=why)))
    assert "queries   ? 92 statements of other roles are hidden" in text([hidden])
    assert "(do: GRANT …)" in text([hidden])
    shown = line([hidden], LIMITS)
    assert "'calls_per_second'=U" in shown
    assert "'mean_time'=U" in shown
    assert "'statements_interval'=10s" in shown
    (server,) = document([hidden])["servers"]
    for key in ("calls", "total_ms", "mean_ms"):
        assert server["statements"][key] is None
        assert server["unknown"][f"statements.{key}"] == {
            "reason": "92 statements of other roles are hidden from this role",
            "remedy": "GRANT …",
        }


def test_statements_whose_texts_alone_are_missing_are_counted_all_the_same() -> None:
    shown = look(statements=taken(statements(details=Unknown("the texts can't be read"))))
    assert "'calls_per_second'=100;" in line([shown], LIMITS)
    assert document([shown])["servers"][0]["statements"]["calls"] == 1000


def test_what_is_hidden_has_a_reason_in_the_document_and_what_is_not_there_has_none() -> None:
    partly = connections(details=Unknown("6 sessions are hidden", "GRANT …"))
    (hidden,) = document([look(connections=taken(partly))])["servers"]
    nobody = dataclasses.replace(connections(), longest_transaction_seconds=None)
    (calm,) = document([look(connections=taken(nobody))])["servers"]
    for key in (
        "waiting_on_lock",
        "longest_query_seconds",
        "longest_transaction_seconds",
        "longest_idle_in_transaction_seconds",
    ):
        assert hidden["connections"][key] is None
        assert hidden["unknown"][f"connections.{key}"]["reason"] == "6 sessions are hidden"
    assert calm["connections"]["longest_transaction_seconds"] is None
    assert calm["unknown"] == {}


def test_a_first_reading_and_an_unknown_size_say_why_they_are_null() -> None:
    databases = frame().databases
    assert databases is not None
    assert not isinstance(databases.body, Unknown)
    (row,) = databases.body.databases
    sizeless = dataclasses.replace(row, size_bytes=Unknown("it may not connect to it"))
    (server,) = document(
        [
            look(
                statements=taken(statements(since=None, rebaselined="the server was restarted")),
                databases=taken(dataclasses.replace(databases.body, databases=(sizeless,))),
            )
        ]
    )["servers"]
    assert server["unknown"]["statements"]["reason"] == "the server was restarted"
    assert server["unknown"]["databases.orders.size_bytes"]["reason"] == "it may not connect to it"


def test_the_plugin_line_tells_the_worst_server_first_and_keeps_the_order_of_perfdata() -> None:
    names = {"s13": Health.WARNING, "s17": Health.OK, "dead": Health.CRITICAL}
    found = {
        Health.WARNING: [finding("idle", Severity.WARNING)],
        Health.CRITICAL: [finding("gone")],
    }
    looks = [
        dataclasses.replace(look(health, *found.get(health, [])), entry=ServerEntry(name, name, ""))
        for name, health in names.items()
    ]
    shown, perfdata = line(looks, LIMITS).split(" | ")
    assert shown.startswith("PGVIGIL CRITICAL - dead: gone; s13: idle; s17: ")
    assert perfdata.index("'s13 ") < perfdata.index("'s17 ") < perfdata.index("'dead ")


def test_several_servers_are_told_apart() -> None:
    other = dataclasses.replace(look(), entry=ServerEntry("it's", "it's", "postgresql://x"))
    shown = line([look(Health.WARNING, finding(severity=Severity.WARNING)), other], LIMITS)
    assert shown.startswith("PGVIGIL WARNING - orders: Connections at 98 %; it's: 41 of")
    assert "'orders connections'=41" in shown
    assert "'it''s connections'=41" in shown


def test_pgvigils_own_questions_are_no_work_of_the_server_and_the_interval_is_named() -> None:
    own = dataclasses.replace(delta("SELECT /* pgvigil */ 1"), calls=5, total_ms=4.0)
    body = frame().statements
    assert body is not None
    assert not isinstance(body.body, Unknown)
    idle = dataclasses.replace(body.body, seconds=0.3, calls=5, total_ms=4.0, top=(own,))
    shown = look(statements=taken(idle))
    assert "queries   0 calls/s, over 0.3 s" in text([shown])
    assert "'calls_per_second'=0;" in line([shown], LIMITS)
    assert "'statements_interval'=0.3s" in line([shown], LIMITS)
    assert "'databases_interval'=10s" in line([shown], LIMITS)
    assert "'mean_time'=U" in line([shown], LIMITS)
    (server,) = document([shown])["servers"]
    assert server["statements"] == {
        "interval_seconds": 0.3,
        "calls": 0,
        "total_ms": 0.0,
        "mean_ms": None,
        "own_calls": 5,
    }


def delta(sql: str) -> StatementDelta:
    return StatementDelta(
        StatementKey(1, 1, 1), "pgvigil", "orders", sql, 1, 1.0, 1.0, None, 1.0, 1, 0.0,
        0, 0, 0, 0, 0, 0, 0.0, 0.0, 0, is_pgvigil=True,
    )  # fmt: skip


def test_the_plugin_line_counts_what_it_does_not_name() -> None:
    many = [finding(f"finding {number}") for number in range(5)]
    shown = line([look(Health.CRITICAL, *many)], LIMITS)
    assert "finding 0, finding 1, finding 2, and 2 more |" in shown


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (Figure("a", None), "'a'=U;;;0"),
        (Figure("a", 0.0), "'a'=0;;;0"),
        (Figure("a=b", 1.5, "s"), "'a_b'=1.5s;;;0"),
        (Figure("a\nb", 1.5, "s"), "'a⏎b'=1.5s;;;0"),
        (Figure("size", 12345678901.0, "B"), "'size'=12345678901B;;;0"),
    ],
)
def test_a_figure_is_written_as_the_guidelines_say(figure: Figure, expected: str) -> None:
    assert str(figure) == expected


def test_the_document_is_json_with_null_and_a_reason_for_what_is_unknown() -> None:
    unknown = look(statements=taken(Unknown("no pg_stat_statements", "CREATE EXTENSION …")))
    read = json.loads(json.dumps(document([unknown])))
    assert read["schema"] == 1
    assert read["health"] == "ok"
    (server,) = read["servers"]
    assert server["connections"]["usable"] == 100
    assert server["connections"]["by_state"]["idle in transaction"] == 4
    assert server["statements"] is None
    assert server["unknown"]["statements"] == {
        "reason": "no pg_stat_statements",
        "remedy": "CREATE EXTENSION …",
    }
    assert server["age_seconds"] == 2.0
    assert server["server"]["started_at"] == "2026-02-19T23:12:05.000+00:00"
