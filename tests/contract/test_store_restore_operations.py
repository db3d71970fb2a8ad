"""The store knows each restore: what it was to do, who asked for it, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.model.restore_operation import PhaseTime, RestoreStatus, Verdict
from core.store.store import Store
from tests.restored import operation

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
OPERATION = operation(
    operation_id="20261120T030000Z-0000aaaa",
    target_server="spare",
    target_database='orders "again"',
    undo="drop it",
)


def test_it_is_read_as_it_was_begun(store: Store, other: Store) -> None:
    store.restore_operations.begin(OPERATION)
    assert other.restore_operations.get(OPERATION.operation_id) == OPERATION
    assert other.restore_operations.get("another") is None


def test_what_came_of_it_stands_with_it(store: Store) -> None:
    store.restore_operations.begin(OPERATION)
    later = AT + timedelta(minutes=7)
    store.restore_operations.finish(
        OPERATION.operation_id,
        later,
        RestoreStatus.COMPLETED,
        verdict=Verdict.DIFFERENCES,
        differences=["table public.t: 1 rows instead of 2"],
        target_oid=16_400,
        writes=3_007,
    )
    assert store.restore_operations.get(OPERATION.operation_id) == replace(
        OPERATION,
        status=RestoreStatus.COMPLETED,
        completed_at=later,
        verdict=Verdict.DIFFERENCES,
        differences=("table public.t: 1 rows instead of 2",),
        target_oid=16_400,
        writes=3_007,
    )


def test_its_phases_stand_as_they_were_expected_and_as_they_were(store: Store) -> None:
    expected = (PhaseTime("fetch", 30.0), PhaseTime("swap"))
    begun = replace(OPERATION, phases=expected, fetch_bytes=100, staged_bytes=400)
    store.restore_operations.begin(begun)
    assert store.restore_operations.get(OPERATION.operation_id) == begun
    real = (PhaseTime("fetch", 30.0, 20.5), PhaseTime("swap", None, 1.0))
    store.restore_operations.finish(
        OPERATION.operation_id, AT, RestoreStatus.COMPLETED, phases=real
    )
    found = store.restore_operations.get(OPERATION.operation_id)
    assert found is not None
    assert (found.phases, found.fetch_bytes, found.staged_bytes) == (real, 100, 400)


def test_undoing_it_leaves_its_verdict(store: Store) -> None:
    operations, name = store.restore_operations, OPERATION.operation_id
    operations.begin(OPERATION)
    operations.finish(name, AT, RestoreStatus.COMPLETED, verdict=Verdict.PROVEN)
    operations.finish(name, AT, RestoreStatus.UNDONE, undo="")
    found = operations.get(name)
    assert found is not None
    assert (found.status, found.verdict, found.undo) == (RestoreStatus.UNDONE, Verdict.PROVEN, "")


def test_one_whose_process_died_is_interrupted_and_one_that_is_over_is_not(store: Store) -> None:
    operations, name = store.restore_operations, OPERATION.operation_id
    operations.begin(OPERATION)
    assert operations.died(name, AT, "its process died")
    found = operations.get(name)
    assert found is not None
    assert (found.status, found.problem) == (RestoreStatus.INTERRUPTED, "its process died")
    assert not operations.died(name, AT, "again")
    assert not operations.died("another", AT, "never begun")


def test_the_newest_come_first_and_only_of_the_servers_that_are_named(store: Store) -> None:
    for number, server in enumerate(("shop", "bank", "shop")):
        store.restore_operations.begin(
            replace(
                OPERATION,
                operation_id=f"r{number}",
                server_id=server,
                created_at=AT + timedelta(hours=number),
            )
        )
    newest = store.restore_operations.newest
    assert [each.operation_id for each in newest(2)] == ["r2", "r1"]
    assert [each.operation_id for each in newest(9, ["shop"])] == ["r2", "r0"]


def test_announcing_one_that_is_over_by_then_changes_nothing(store: Store) -> None:
    operations, name = store.restore_operations, OPERATION.operation_id
    operations.announce(OPERATION)
    assert operations.get(name) == OPERATION
    operations.finish(name, AT, RestoreStatus.COMPLETED, verdict=Verdict.PROVEN)
    operations.announce(OPERATION)
    found = operations.get(name)
    assert found is not None
    assert found.status is RestoreStatus.COMPLETED


def test_the_last_that_proved_a_whole_backup_is_found_also_behind_others(store: Store) -> None:
    operations, minute = store.restore_operations, timedelta(minutes=1)
    ended = (
        (1, Verdict.PROVEN, "everything"),
        (2, Verdict.PROVEN, "everything"),
        (3, Verdict.PROVEN, "public.orders"),
        (4, Verdict.DIFFERENCES, "everything"),
        (5, None, "everything"),
    )
    for number, verdict, what in ended:
        began = AT + number * minute
        operations.begin(replace(OPERATION, operation_id=f"r{number}", created_at=began, what=what))
        status = RestoreStatus.COMPLETED if verdict else RestoreStatus.FAILED
        operations.finish(f"r{number}", began + minute / 2, status, verdict=verdict)
    found = operations.last_proven("shop")
    assert found is not None
    assert found.operation_id == "r2"
    earlier = operations.last_proven("shop", until=AT + 2 * minute)
    assert earlier is not None
    assert earlier.operation_id == "r1"
    assert operations.last_proven("till") is None
    listed = operations.newest(9, ["shop"], until=AT + 2 * minute)
    assert [each.operation_id for each in listed] == ["r2", "r1"]
