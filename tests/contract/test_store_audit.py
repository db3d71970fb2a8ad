"""Nobody changes what the audit log says without being found out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from core.store.store import Store


@pytest.fixture
def written(store: Store) -> Store:
    """A store whose log has five entries."""
    for number in range(1, 6):
        store.audit.append("anna", "cancel query", f"pid {number}", {"why": "slow ü"})
    return store


def tamper(store: Store, statement: str) -> None:
    with store._database.writing() as connection:
        assert connection.execute(text(statement)).rowcount == 1


def test_a_log_that_nobody_touched_is_whole(store: Store, written: Store) -> None:
    assert written.audit.verify() is None
    newest, *older = written.audit.entries(10)
    assert (newest.number, newest.who, newest.target) == (5, "anna", "pid 5")
    assert newest.details == {"why": "slow ü"}
    assert len(older) == 4


def test_an_empty_log_is_whole(store: Store) -> None:
    assert store.audit.verify() is None


@pytest.mark.parametrize("column", ["who", "action", "target", "details", "hash", "previous_hash"])
def test_a_changed_row_is_found(written: Store, column: str) -> None:
    tamper(written, f"UPDATE audit_log SET {column} = '{{}}' WHERE number = 3")
    assert written.audit.verify() == 3


def test_a_changed_time_is_found(written: Store) -> None:
    tamper(written, "UPDATE audit_log SET at = at + 1 WHERE number = 3")
    assert written.audit.verify() == 3


@pytest.mark.parametrize("number", [1, 3])
def test_a_removed_row_is_found(written: Store, number: int) -> None:
    tamper(written, f"DELETE FROM audit_log WHERE number = {number}")
    assert written.audit.verify() == number


def test_old_entries_go_and_the_rest_still_proves_itself(written: Store) -> None:
    moment = datetime.now(UTC)
    written.audit.append("anna", "end session", "pid 6", {})
    assert written.audit.prune(moment) == 5

    assert written.audit.verify() is None
    said, kept = written.audit.entries(10)
    assert (kept.target, said.action) == ("pid 6", "audit log pruned")
    tamper(written, "DELETE FROM audit_log WHERE number = 6")
    assert written.audit.verify() == 6


def test_a_log_may_be_pruned_again_and_again(written: Store) -> None:
    for _ in range(3):
        written.audit.append("anna", "end session", "pid 7", {})
        written.audit.prune(datetime.now(UTC) + timedelta(seconds=1))
        assert written.audit.verify() is None
    assert len(written.audit.entries(10)) == 1
