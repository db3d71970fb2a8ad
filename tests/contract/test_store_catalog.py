"""The catalog remembers backups, their copies and their manifests, for every process alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from core.model.backup import BackupKind, CopyState, Selection, VerificationLevel
from core.store import catalog as catalog_module
from core.store.moments import from_micros
from core.store.store import Store
from tests.contract.catalogued import AT, CHILD, FULL, copy, entry, manifest

SEALED, RESTORED = VerificationLevel.SEALED, VerificationLevel.RESTORED


def test_a_backup_is_known_to_other_processes_as_it_was_added(store: Store, other: Store) -> None:
    added = entry(copies=(copy("local"), copy("offsite", level=VerificationLevel.NONE, at=None)))
    store.catalog.add(added)
    assert other.catalog.get(FULL) == added
    assert other.catalog.entries() == (added,)
    assert other.catalog.get(CHILD) is None


def test_what_a_backup_needs_is_remembered(store: Store) -> None:
    child = entry(
        CHILD, kind=BackupKind.INCREMENTAL, parent_id=FULL, chain_id=FULL, needs=frozenset({FULL})
    )
    store.catalog.add(child)
    assert store.catalog.get(CHILD) == child


def test_backups_are_listed_by_server_and_oldest_first(store: Store) -> None:
    later = entry(CHILD, snapshot_at=AT + timedelta(hours=1), copies=(copy(backup_id=CHILD),))
    of_another = entry("20261121T010000Z-full-00000003", server_id="blog", snapshot_at=AT)
    for each in (later, of_another, entry(copies=(copy(),))):
        store.catalog.add(each)
    assert store.catalog.entries("shop") == (entry(copies=(copy(),)), later)
    assert [each.server_id for each in store.catalog.entries()] == ["blog", "shop", "shop"]
    assert store.catalog.entries("nobody") == ()


def test_what_was_chosen_and_its_place_are_remembered(store: Store, other: Store) -> None:
    chosen = Selection(schemas=('we"b',), excluded_tables=("public.l\u00f6g",))
    added = entry(
        selection=chosen, sequenced_at=AT + timedelta(days=400), warnings=("it lacks öne", "two")
    )
    store.catalog.add(added)
    assert other.catalog.get(FULL) == added


def test_backups_are_listed_in_the_order_in_which_they_were_taken(store: Store) -> None:
    ahead = AT + timedelta(days=400)
    first = entry(snapshot_at=ahead, finished_at=ahead)
    second = entry(CHILD, sequenced_at=ahead + timedelta(microseconds=1))
    for each in (second, first):
        store.catalog.add(each)
    assert [each.backup_id for each in store.catalog.entries("shop")] == [FULL, CHILD]
    assert store.catalog.ids() == (FULL, CHILD)


def test_adding_a_backup_again_keeps_copies_that_were_not_looked_at(store: Store) -> None:
    store.catalog.add(entry(copies=(copy("local"),)))
    store.catalog.add(entry(copies=(copy("offsite"),)))
    found = store.catalog.get(FULL)
    assert found is not None
    assert [each.repository for each in found.copies] == ["local", "offsite"]


def test_a_complete_copy_keeps_the_level_that_it_has_reached(store: Store) -> None:
    store.catalog.add(entry(copies=(copy(level=RESTORED),)))
    store.catalog.record_copy(copy(level=SEALED, at=AT + timedelta(days=1)))
    still = entry(copies=(copy(level=RESTORED, at=AT + timedelta(days=1)),), was_restored=True)
    assert store.catalog.get(FULL) == still
    store.catalog.record_copy(copy(level=VerificationLevel.NONE, at=None))
    assert store.catalog.get(FULL) == still


@pytest.mark.parametrize("state", [CopyState.MISSING, CopyState.DAMAGED, CopyState.EXPIRED])
def test_a_copy_that_was_lost_is_not_good_until_it_is_verified_again(
    store: Store, state: CopyState
) -> None:
    store.catalog.add(entry(copies=(copy(level=SEALED),)))
    lost = copy(state=state, level=VerificationLevel.NONE, at=None, problem="bytes 4 to 5")
    store.catalog.record_copy(lost)
    found = store.catalog.get(FULL)
    assert found == entry(copies=(lost,))
    assert found is not None
    assert not found.is_good
    store.catalog.record_copy(copy(level=VerificationLevel.NONE, at=None))
    found = store.catalog.get(FULL)
    assert found is not None
    assert not found.is_good
    store.catalog.record_copy(copy(level=SEALED))
    assert store.catalog.get(FULL) == entry(copies=(copy(),))


def test_that_a_restore_has_proven_a_backup_outlives_the_copy_that_was_restored(
    store: Store, other: Store
) -> None:
    store.catalog.add(entry(copies=(copy("local"), copy("offsite"))))
    other.catalog.record_copy(copy("offsite", level=RESTORED))
    store.catalog.record_copy(copy("offsite", state=CopyState.DAMAGED, problem="bytes 4 to 5"))
    store.catalog.add(entry(copies=(copy("local"),)))
    other.catalog.drop_copy(FULL, "offsite")
    assert store.catalog.get(FULL) == entry(copies=(copy("local"),), was_restored=True)


def test_a_copy_of_an_unknown_backup_is_not_noted(store: Store) -> None:
    store.catalog.record_copy(copy())
    assert store.catalog.entries() == ()


def test_a_backup_is_forgotten_with_its_last_copy(store: Store) -> None:
    store.catalog.add(entry(copies=(copy("local"), copy("offsite"))), manifest())
    store.catalog.drop_copy(FULL, "local")
    assert store.catalog.get(FULL) == entry(copies=(copy("offsite"),))
    store.catalog.drop_copy(FULL, "offsite")
    assert store.catalog.get(FULL) is None
    assert store.catalog.manifest(FULL) is None
    store.catalog.drop_copy(FULL, "offsite")


def test_protecting_a_backup_takes_it_back_from_expiry(store: Store) -> None:
    both = (copy("local"), copy("offsite"))
    store.catalog.add(entry(copies=both))
    for name in ("local", "offsite"):
        store.catalog.expire([FULL], AT, repository=name)
    assert store.catalog.get(FULL) == entry(copies=both, expired_at=AT)
    store.catalog.protect(FULL, "before the migration")
    assert store.catalog.get(FULL) == entry(copies=both, kept_because="before the migration")
    store.catalog.unprotect(FULL)
    assert store.catalog.get(FULL) == entry(copies=both)


def test_each_copy_expires_by_itself_and_a_backup_with_its_last_one(
    store: Store, other: Store
) -> None:
    def expired_in_the_rows() -> datetime | None:
        column = "SELECT expired_at FROM backup"
        with store._database.reading() as connection:
            at = connection.execute(text(column)).scalar_one()
        return None if at is None else from_micros(at)

    later = AT + timedelta(days=1)
    local, offsite, lost = copy("local"), copy("offsite"), copy("third", state=CopyState.MISSING)
    store.catalog.add(entry(copies=(local, offsite, lost)))
    other.catalog.expire([FULL], AT, repository="local")
    found = store.catalog.get(FULL)
    assert found == entry(copies=(replace(local, expired_at=AT), offsite, lost))
    assert found is not None
    assert (found.expired_at, expired_in_the_rows()) == (None, None)
    store.catalog.expire([FULL], later, repository="offsite")
    found = other.catalog.get(FULL)
    assert found is not None
    assert found.expired_at == expired_in_the_rows() == later
    store.catalog.record_copy(copy("offsite", state=CopyState.DAMAGED, problem="bytes 4 to 5"))
    assert expired_in_the_rows() == later
    store.catalog.revive([FULL], repository="local")
    assert expired_in_the_rows() is None
    store.catalog.drop_copy(FULL, "local")
    assert expired_in_the_rows() == later
    store.catalog.drop_copy(FULL, "offsite")
    assert expired_in_the_rows() is None


def test_backups_expire_and_revive_by_thousands(store: Store) -> None:
    ids = [f"20261121T020000Z-full-{number:08x}" for number in range(1_200)]
    for each in (*ids[:3], *ids[-3:]):
        store.catalog.add(entry(each, copies=(copy(backup_id=each),)))
    store.catalog.expire(ids, AT, repository="local")
    assert {each.expired_at for each in store.catalog.entries()} == {AT}
    store.catalog.revive(ids, repository="local")
    assert {each.expired_at for each in store.catalog.entries()} == {None}


def test_a_backup_is_removed_with_all_that_is_known_of_it(store: Store, other: Store) -> None:
    store.catalog.add(entry(copies=(copy(),)), manifest())
    store.catalog.remove(FULL)
    assert other.catalog.get(FULL) is None
    assert other.catalog.manifest(FULL) is None
    store.catalog.add(entry())
    assert other.catalog.get(FULL) == entry()


def test_a_manifest_is_kept_for_who_looks_at_the_backup(store: Store, other: Store) -> None:
    store.catalog.add(entry(), manifest())
    assert other.catalog.manifest(FULL) == manifest()
    store.catalog.add(entry())
    assert other.catalog.manifest(FULL) == manifest()
    changed = replace(manifest(), notes=("again",))
    store.catalog.add(entry(), changed)
    assert other.catalog.manifest(FULL) == changed


def test_a_manifest_that_is_too_large_stays_in_its_repository(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_module, "LARGEST_MANIFEST", 10)
    store.catalog.add(entry(), manifest())
    assert store.catalog.get(FULL) == entry()
    assert store.catalog.manifest(FULL) is None


def test_a_change_of_the_catalog_is_seen_by_who_waits_for_news(store: Store, other: Store) -> None:
    store.catalog.add(entry())
    other.changed()
    assert not other.changed()
    store.catalog.record_copy(copy())
    assert other.changed()


def test_what_needs_a_copy_that_turns_bad_turns_bad_with_it_until_it_was_read_again(
    store: Store,
) -> None:
    needs = frozenset({FULL})
    child = entry(CHILD, kind=BackupKind.INCREMENTAL, chain_id=FULL, needs=needs)
    both = [copy(name, backup_id=CHILD, level=SEALED) for name in ("local", "offsite")]
    store.catalog.add(entry(copies=(copy("local"), copy("offsite"))))
    store.catalog.add(replace(child, copies=tuple(both)))

    def states() -> list[CopyState]:
        found = store.catalog.get(CHILD)
        assert found is not None
        return [each.state for each in found.copies]

    damaged = copy("local", state=CopyState.DAMAGED, level=VerificationLevel.NONE, problem="cut")
    store.catalog.record_copy(damaged)
    assert states() == [CopyState.DAMAGED, CopyState.COMPLETE]
    found = store.catalog.get(CHILD)
    assert found is not None
    assert found.copies[0].problem == f"it needs {FULL}, whose copy there is damaged"
    assert found.copies[0].level is VerificationLevel.NONE
    # What it needs of it may be there all the same: who reads it finds out.
    store.catalog.record_copy(both[0])
    assert states() == [CopyState.COMPLETE, CopyState.COMPLETE]
    store.catalog.record_copy(damaged)
    assert states() == [CopyState.COMPLETE, CopyState.COMPLETE]


def test_a_copy_that_nobody_has_read_is_not_complete_without_what_it_needs(store: Store) -> None:
    lost = copy(state=CopyState.MISSING, level=VerificationLevel.NONE, at=None)
    store.catalog.add(entry(copies=(lost,)))
    needs = frozenset({FULL})
    unread = copy(backup_id=CHILD, level=VerificationLevel.NONE, at=None)
    child = entry(CHILD, kind=BackupKind.INCREMENTAL, chain_id=FULL, needs=needs)
    store.catalog.add(replace(child, copies=(unread,)))
    found = store.catalog.get(CHILD)
    assert found is not None
    assert [each.state for each in found.copies] == [CopyState.DAMAGED]
    store.catalog.record_copy(copy(backup_id=CHILD, level=SEALED))
    found = store.catalog.get(CHILD)
    assert found is not None
    assert found.is_good
