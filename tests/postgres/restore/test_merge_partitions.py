"""Partitions that are gone: what a merge would fail at is said before anything is done."""

from __future__ import annotations

import psycopg
import pytest

from core.model.restore import Check, CheckState, RestorePlan
from core.restore.merge.partitions import Key, overlapping
from tests.servers.merging import Live

CHEAP = "orders 2025 cheap"
DROP_CHEAP = f'DROP TABLE sales."{CHEAP}"'
TEXT, DATE, NUMBER = "text", "date", "numeric(10,2)"
PAIR = Key("r", True, (NUMBER, TEXT), ("", 'pg_catalog."C"'))
DAYS = Key("r", True, (DATE,), ("",))
WORDS = Key("l", True, (TEXT,), ('pg_catalog."default"',))
HASH = Key("h", True, (TEXT,), ("",))


def said(plan: RestorePlan, of: str) -> list[Check]:
    return [each for each in plan.checks if each.name == f"partition sales.{of}"]


def test_whose_place_another_one_has_is_not_brought_back(live: Live) -> None:
    live.run(
        "DROP TABLE sales.orders_2024;"
        "CREATE TABLE sales.summer PARTITION OF sales.orders"
        " FOR VALUES FROM ('2024-06-01') TO ('2024-07-01');"
    )
    (stop,) = live.plan(live.wish("orders_2024")).stops
    assert "sales.summer has values of its bounds" in stop.what
    live.run("DROP TABLE sales.summer")
    live.run(
        "CREATE TABLE sales.before PARTITION OF sales.orders"
        " FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');"
        "CREATE TABLE sales.next PARTITION OF sales.orders"
        " FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')"
    )
    (told,) = said(live.plan(live.wish("orders_2024")), "orders_2024")
    assert (told.state, "default partition" in told.what) == (CheckState.UNKNOWN, True)


def test_rows_that_no_partition_takes_are_not_staged(live: Live) -> None:
    live.run(DROP_CHEAP)
    (stop,) = live.plan(live.wish("orders_2025")).stops
    assert stop.what == (
        f"sales.{CHEAP} is no partition of sales.orders_2025 any more, and no other one takes its"
        " rows"
    )
    assert live.plan(live.wish(CHEAP)).stops == ()
    live.run(
        "CREATE TABLE sales.fourth PARTITION OF sales.orders_2025"
        " FOR VALUES WITH (MODULUS 4, REMAINDER 2)"
    )
    plan = live.plan(live.wish("orders_2025"))
    assert [each.state for each in said(plan, CHEAP)] == [CheckState.WARNING]
    (stop,) = live.plan(live.wish(CHEAP)).stops
    assert "sales.fourth has values of its bounds" in stop.what


def test_one_that_was_detached_is_told_and_how_it_is_attached(live: Live) -> None:
    live.run(f'ALTER TABLE sales.orders_2025 DETACH PARTITION sales."{CHEAP}"')
    plan = live.plan(live.wish(CHEAP))
    (told,) = said(plan, CHEAP)
    assert (told.state, plan.stops) == (CheckState.WARNING, ())
    live.run(told.remedy.partition(": ")[2])
    assert said(live.plan(live.wish(CHEAP)), CHEAP) == []


@pytest.mark.parametrize(
    ("key", "bound", "other", "expected"),
    [
        (DAYS, "FROM ('2024-01-01') TO ('2025-01-01')", "FROM ('2025-01-01') TO (MAXVALUE)", False),
        (DAYS, "FROM ('2024-01-01') TO ('2025-01-01')", "FROM (MINVALUE) TO ('2024-01-02')", True),
        (DAYS, "FROM (MINVALUE) TO (MAXVALUE)", "FROM ('0001-01-01 BC') TO ('infinity')", True),
        (PAIR, "FROM ('-5', 'b') TO (9, MINVALUE)", "FROM ('-5', 'B') TO ('-5', 'b')", False),
        (PAIR, "FROM ('-5', 'b') TO (9, MINVALUE)", "FROM (9, MINVALUE) TO (10, 'a')", False),
        (PAIR, "FROM ('-5', 'b') TO (9, MINVALUE)", "FROM ('8.99', 'x') TO (10, 'a')", True),
        (WORDS, "IN ('a', 'it''s, (b)', NULL)", "IN ('b', NULL)", True),
        (WORDS, "IN ('a', 'it''s, (b)')", "IN ('b', 's', NULL)", False),
        (HASH, "WITH (modulus 4, remainder 3)", "WITH (modulus 6, remainder 1)", True),
        (HASH, "WITH (modulus 4, remainder 3)", "WITH (modulus 2, remainder 0)", False),
        (DAYS, "FROM ('2024-01-01') TO ('2025-01-01')", "FROM ('x') TO ('y')", None),
        (DAYS, "FROM (now()) TO ('2025-01-01')", "FROM (MINVALUE) TO (MAXVALUE)", None),
    ],
)
def test_the_server_tells_whether_bounds_have_values_in_common(
    database: str, key: Key, bound: str, other: str, expected: bool | None
) -> None:
    there = {("s", "other"): f"FOR VALUES {other}", ("s", "rest"): "DEFAULT"}
    with psycopg.connect(database, autocommit=True) as connection:
        for one, two in ((bound, other), (other, bound)):
            there["s", "other"] = f"FOR VALUES {two}"
            found = overlapping(connection, key, f"FOR VALUES {one}", there)
            assert found == (None if expected is None else (("s", "other"),) * expected)
        assert overlapping(connection, key, "DEFAULT", there) == (("s", "rest"),)
