"""What screens and findings are told of backups, however many there are."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.model.backup import CANT_BE_READ, BackupKind, CatalogEntry, CopyState, VerificationLevel
from core.model.backup_history import HistoryPage, Outcome
from core.model.protection import SuccessRate
from core.store.attempt import AttemptResult, AttemptStatus
from core.store.store import Store
from tests.contract.catalogued import AT, copy, entry

HOUR = timedelta(hours=1)
LATER = AT + 1000 * HOUR


def add(store: Store, number: int, **changes: object) -> CatalogEntry:
    """A backup, so many hours after the first, with one sound copy unless others are given."""
    name = f"20261121T0{number}0000Z-full-{number:08x}"
    at = AT + number * HOUR
    given = {
        "snapshot_at": at,
        "finished_at": at + HOUR / 4,
        "copies": (copy("local", name),),
        **changes,
    }
    made = entry(name, **given)
    store.catalog.add(made)
    return made


def attempt(store: Store, at: datetime, result: AttemptResult) -> None:
    """An attempt that ended a quarter of an hour later."""
    begun = store.backup_jobs.begin("shop", "orders", BackupKind.FULL, at)
    store.backup_jobs.finish(begun, at + HOUR / 4, result)


FAILED = AttemptResult(AttemptStatus.FAILED, problem="the disk is full")


def last_good(store: Store, *databases: str, until: datetime = LATER) -> list[str]:
    return [each.backup_id for each in store.protection.last_good("shop", databases, until=until)]


def test_the_last_good_backup_is_the_newest_with_a_sound_copy(store: Store) -> None:
    assert last_good(store) == []
    good = add(store, 1)
    name = add(store, 2, copies=()).backup_id
    add(store, 3, copies=(copy("local", name, CopyState.DAMAGED),))
    assert last_good(store) == [good.backup_id]


def test_a_backup_that_holds_not_everything_or_has_expired_is_not_the_last_good_one(
    store: Store,
) -> None:
    good = add(store, 1)
    add(store, 2, kind=BackupKind.SCHEMA)
    add(store, 3, expired_at=AT)
    assert last_good(store) == [good.backup_id]


def test_each_database_has_its_own_last_good_backup(store: Store) -> None:
    first = add(store, 1, database="billing")
    add(store, 2)
    newest = add(store, 3)
    assert last_good(store) == [first.backup_id, newest.backup_id]


def test_a_backup_by_a_clock_that_was_ahead_is_older_than_those_that_followed(
    store: Store,
) -> None:
    ahead = AT + 500 * HOUR
    add(store, 1, snapshot_at=ahead, finished_at=ahead)
    followed = add(store, 2, sequenced_at=ahead + timedelta(microseconds=1))
    assert last_good(store) == [followed.backup_id]
    assert last_good(store, "orders") == [followed.backup_id]
    assert store.protection.newest("shop") == followed
    assert store.protection.newest_fulls("shop", until=LATER) == (followed,)


def test_a_copy_that_was_not_read_back_is_not_good(store: Store) -> None:
    name = "20261121T010000Z-full-00000001"
    add(store, 1, copies=(copy("local", name, level=VerificationLevel.NONE),))
    assert last_good(store) == []


def test_what_came_later_was_not_there_then(store: Store) -> None:
    then = add(store, 1)
    add(store, 2)
    assert last_good(store, until=AT + 1.5 * HOUR) == [then.backup_id]


def test_the_last_attempt_of_each_database_and_kind_is_known_however_many_came_after(
    store: Store,
) -> None:
    def tried(database: str, kind: BackupKind, hours: float, status: AttemptStatus) -> None:
        begun = store.backup_jobs.begin("shop", database, kind, AT + hours * HOUR)
        if status is not AttemptStatus.RUNNING:
            store.backup_jobs.finish(begun, AT + (hours + 0.5) * HOUR, AttemptResult(status))

    tried("a=b", BackupKind.FULL, 0, AttemptStatus.FAILED)
    tried("orders", BackupKind.FULL, 1, AttemptStatus.FAILED)
    for number in range(70):
        tried("orders", BackupKind.FULL, 2 + number, AttemptStatus.COMPLETED)
    tried("orders", BackupKind.DATA, 80, AttemptStatus.COMPLETED)
    tried("a=b", BackupKind.FULL, 81, AttemptStatus.CANCELLED)
    tried("a=b", BackupKind.FULL, 82, AttemptStatus.RUNNING)
    rows = store.attempts.last_ended("shop", until=LATER)
    assert [(row.database, row.kind, row.run.status) for row in rows if row.run] == [
        ("orders", "data", "completed"), ("orders", "full", "completed"), ("a=b", "full", "failed"),
    ]  # fmt: skip
    (then,) = store.attempts.last_ended("shop", until=AT + 1.2 * HOUR)
    assert then.database == "a=b"


def test_the_newest_full_of_each_database_is_known_also_when_no_copy_is_sound(
    store: Store,
) -> None:
    add(store, 1)
    name = "20261121T020000Z-full-00000002"
    add(store, 2, copies=(copy("local", name, CopyState.DAMAGED),))
    add(store, 3, kind=BackupKind.INCREMENTAL)
    other = add(store, 4, database="billing")
    add(store, 5, expired_at=AT)
    found = {e.database: e.backup_id for e in store.protection.newest_fulls("shop", until=LATER)}
    assert found == {"orders": name, "billing": other.backup_id}


def outcomes(page: HistoryPage) -> list[Outcome]:
    return [row.outcome for row in page.rows]


def test_the_history_holds_attempts_and_backups_from_elsewhere_newest_first(store: Store) -> None:
    taken = add(store, 1)
    attempt(
        store,
        taken.snapshot_at,
        AttemptResult(AttemptStatus.COMPLETED, details={"backup_id": taken.backup_id}),
    )
    imported = add(store, 2)
    attempt(store, AT + 3 * HOUR, FAILED)
    page = store.attempts.history("shop", 10, until=LATER)
    assert outcomes(page) == [Outcome.FAILED, Outcome.GOOD, Outcome.GOOD]
    assert [row.row_id for row in page.rows[1:]] == [imported.backup_id, taken.backup_id]
    assert [row.run is None for row in page.rows] == [False, True, False]
    assert page.rows[0].run is not None
    assert page.rows[0].run.error == "the disk is full"
    assert not page.older


def test_a_good_backup_that_was_pruned_stays_in_the_history(store: Store) -> None:
    attempt(store, AT, AttemptResult(AttemptStatus.COMPLETED, details={"backup_id": "gone"}))
    assert outcomes(store.attempts.history("shop", 10, until=LATER)) == [Outcome.PRUNED]


def test_the_history_is_read_by_pages_without_a_gap_or_a_double(store: Store) -> None:
    expected = [add(store, number).backup_id for number in range(1, 6)][::-1]
    attempt(store, AT + 2.5 * HOUR, FAILED)
    expected.insert(3, "failed")
    seen: list[str] = []
    page = store.attempts.history("shop", 2, until=LATER)
    while True:
        seen += [row.entry.backup_id if row.entry else "failed" for row in page.rows]
        if not page.older:
            break
        before = page.rows[-1].started_at
        page = store.attempts.history("shop", 2, until=LATER, before=before)
    assert seen == expected


def test_the_history_of_another_server_is_not_told(store: Store) -> None:
    add(store, 1, server_id="blog")
    assert store.attempts.history("shop", 10, until=LATER).rows == ()


def test_bad_copies_are_counted_and_the_newest_comes_first(store: Store) -> None:
    for number, state in ((1, CopyState.MISSING), (2, CopyState.COMPLETE), (3, CopyState.DAMAGED)):
        name = f"20261121T0{number}0000Z-full-{number:08x}"
        add(store, number, copies=(copy("local", name, state, problem=f"{number}"),))
    add(store, 4, copies=(copy("local", "20261121T040000Z-full-00000004", CopyState.MISSING),),
        expired_at=AT)  # fmt: skip
    bad = store.protection.bad_copies("shop", until=LATER)
    assert bad.count == 2
    assert [each.problem for each in bad.newest] == ["3", "1"]


def test_copies_that_can_not_be_read_are_counted_by_themselves(store: Store) -> None:
    for number, problem in ((1, f"{CANT_BE_READ}archived"), (2, "a lock holds it"), (3, "")):
        name = f"20261121T0{number}0000Z-full-{number:08x}"
        add(store, number, copies=(copy("local", name, CopyState.COMPLETE, problem=problem),))
    refused = store.protection.refused_copies("shop", until=LATER)
    assert (refused.count, [each.problem for each in refused.newest]) == (
        1,
        ["can't be read: archived"],
    )
    assert store.protection.bad_copies("shop", until=LATER).count == 0
    assert store.protection.refused_copies("blog", until=LATER).count == 0


def test_the_oldest_verification_is_that_of_a_complete_copy(store: Store) -> None:
    assert store.protection.oldest_verification("shop", until=LATER) is None
    for number, state, hours in (
        (1, CopyState.COMPLETE, 50),
        (2, CopyState.COMPLETE, 30),
        (3, CopyState.MISSING, 1),
    ):
        name = f"20261121T0{number}0000Z-full-{number:08x}"
        add(store, number, copies=(copy("local", name, state, at=AT + hours * HOUR),))
    assert store.protection.oldest_verification("shop", until=LATER) == AT + 30 * HOUR


def test_storage_is_summed_by_kind_and_by_repository(store: Store) -> None:
    names = [f"20261121T0{number}0000Z-full-{number:08x}" for number in range(4)]
    both = (copy("local", names[1]), copy("offsite", names[1]))
    add(store, 1, sealed_bytes=100, copies=both)
    add(store, 2, sealed_bytes=10, kind=BackupKind.SCHEMA)
    add(store, 3, sealed_bytes=1000, server_id="blog")
    kinds = store.protection.storage("shop", now=AT + 24 * HOUR)
    assert [(each.kind, each.backups, each.sealed_bytes, each.added_in_a_week_bytes)
            for each in kinds] == [(BackupKind.FULL, 1, 100, 100),
                                   (BackupKind.SCHEMA, 1, 10, 10)]  # fmt: skip
    later = store.protection.storage("shop", now=AT + 240 * HOUR)
    assert [each.added_in_a_week_bytes for each in later] == [0, 0]
    used = store.protection.repositories({"local": 5000, "offsite": 0, "new": 1})
    assert [(each.repository, each.used_bytes, each.quota_bytes) for each in used] == [
        ("local", 1110, 5000), ("offsite", 100, 0), ("new", 0, 1),
    ]  # fmt: skip


def test_what_a_person_cancelled_says_nothing_of_success(store: Store) -> None:
    for number, status in enumerate(
        (AttemptStatus.COMPLETED, AttemptStatus.FAILED, AttemptStatus.CANCELLED)
    ):
        attempt(store, LATER - (number + 1) * HOUR, AttemptResult(status))
    attempt(store, LATER - 20 * 24 * HOUR, AttemptResult(AttemptStatus.COMPLETED))
    assert store.attempts.success("shop", (7, 30), until=LATER) == (
        SuccessRate(7, 1, 2), SuccessRate(30, 2, 3),
    )  # fmt: skip


def test_who_needs_a_backup_is_known(store: Store) -> None:
    full = add(store, 1)
    child = add(store, 2, chain_id=full.backup_id, needs=frozenset({full.backup_id}))
    assert store.protection.needed_by(full.backup_id, full.chain_id) == (child.backup_id,)
    assert store.protection.needed_by(child.backup_id, full.chain_id) == ()
