"""Single statements: their texts and what they did, minute by minute."""

from __future__ import annotations

from datetime import timedelta

from core.model.statements import StatementKey, StatementPoint
from core.store.statements import StatementMinute
from core.store.store import Store
from tests.contract.examples import NOW, SERVER, hold

KEY = StatementKey(10, 16384, -(2**63))
NESTED = StatementKey(10, 16384, -(2**63), toplevel=False)
MINUTE = NOW.replace(second=0, microsecond=0)


def minute(ago: int, key: StatementKey = KEY, calls: int = 4) -> StatementMinute:
    return StatementMinute(MINUTE - timedelta(minutes=ago), key, calls, calls * 2.5, calls * 10)


def test_texts_come_back_for_the_query_ids_that_are_known(store: Store, other: Store) -> None:
    long = "SELECT '" + "ü" * 500_000 + "\x00'"
    store.statements.put_texts(SERVER, {-(2**63): "SELECT 1", 2**63 - 1: long})

    known = {-(2**63): "SELECT 1", 2**63 - 1: long}
    assert other.statements.texts(SERVER, [*known, 1]) == known
    assert other.statements.texts("nobody", [*known]) == {}


def test_a_text_that_comes_again_replaces_the_first(store: Store) -> None:
    store.statements.put_texts(SERVER, {7: "SELECT 1"})
    store.statements.put_texts(SERVER, {7: "SELECT 2"})

    assert store.statements.texts(SERVER, [7]) == {7: "SELECT 2"}


def test_the_history_of_a_statement_has_its_minutes(store: Store) -> None:
    store.write_tick(
        hold(store), SERVER, statement_minutes=[minute(3), minute(1), minute(1, NESTED, calls=99)]
    )

    history = store.statements.history(SERVER, KEY, MINUTE - timedelta(minutes=10), MINUTE, 10)
    assert history == (
        StatementPoint(MINUTE - timedelta(minutes=3), 4, 10.0, 2.5, 40),
        StatementPoint(MINUTE - timedelta(minutes=1), 4, 10.0, 2.5, 40),
    )


def test_a_longer_history_adds_minutes_up(store: Store) -> None:
    store.write_tick(
        hold(store), SERVER, statement_minutes=[minute(ago, calls=1 + ago % 2) for ago in range(60)]
    )

    start = MINUTE - timedelta(hours=3)
    history = store.statements.history(SERVER, KEY, start, MINUTE + timedelta(minutes=1), 6)
    assert sum(point.calls for point in history) == 90
    assert all(point.mean_ms == 2.5 for point in history)
    assert len(history) <= 3


def test_two_watchers_that_share_a_minute_add_to_it(store: Store) -> None:
    lease = hold(store)
    store.write_tick(lease, SERVER, statement_minutes=[minute(1, calls=3)])
    store.write_tick(lease, SERVER, statement_minutes=[minute(1, calls=5)])

    start = MINUTE - timedelta(minutes=5)
    (point,) = store.statements.history(SERVER, KEY, start, MINUTE, 5)
    assert (point.calls, point.total_ms, point.rows) == (8, 20.0, 80)
