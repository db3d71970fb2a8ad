"""Which backup a restore takes, and why that one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.errors import BackupError
from core.model.backup import (
    BackupCopy,
    BackupKind,
    CatalogEntry,
    CopyState,
    VerificationLevel,
)
from core.model.restore import BackupChoice, PassedOver
from core.restore.choose import Wanted, choose_backup
from tests.unit.backup.catalog_entries import NOW, entry

WANTED = Wanted("shop", "orders")


def choose(
    entries: Sequence[CatalogEntry], wanted: Wanted = WANTED, keys: Sequence[str] = ("k",)
) -> BackupChoice:
    return choose_backup(entries, wanted, keys=keys, repositories=["local", "offsite"])


def in_both(
    of: CatalogEntry, *, local: BackupCopy | None = None, offsite: BackupCopy | None = None
) -> CatalogEntry:
    """The same backup with a copy in each repository."""
    first = local or of.copies[0]
    second = offsite or replace(of.copies[0], repository="offsite")
    return replace(of, copies=(first, second))


def test_the_newest_one_is_taken() -> None:
    found = choose([entry(3), entry(1), entry(2)])
    assert (found.entry.backup_id, found.copy.repository) == ("full-1", "local")
    assert found.why == "the newest backup; every byte was authenticated"


def test_one_that_is_newer_than_the_wanted_moment_has_the_damage_already() -> None:
    wanted = replace(WANTED, moment=NOW - timedelta(days=1, minutes=1))
    found = choose([entry(1), entry(2)], wanted)
    assert found.entry.backup_id == "full-2"
    assert found.why.startswith("the newest backup before 2026-11-20 11:59:00 UTC; ")
    assert found.passed_over == ()


def test_the_newest_one_is_taken_though_a_clock_was_ahead_before() -> None:
    ahead = NOW + timedelta(days=400)
    wrong = replace(entry(2), snapshot_at=ahead, finished_at=ahead)
    right = replace(entry(1), sequenced_at=ahead + timedelta(microseconds=1))
    assert choose([wrong, right]).entry == right


def test_one_whose_clock_was_behind_may_have_the_damage_already() -> None:
    behind = NOW - timedelta(days=400)
    wrong = replace(entry(0), snapshot_at=behind, finished_at=behind, sequenced_at=NOW)
    wanted = replace(WANTED, moment=NOW - timedelta(days=1.5))
    entries = [entry(3), entry(2), wrong]
    assert choose(entries, wanted).entry.backup_id == "full-2"
    assert choose([*entries, replace(entry(-1))], wanted).entry.backup_id == "full-2"


def test_other_databases_and_kinds_without_rows_do_not_count() -> None:
    others = [entry(1, database="other"), entry(1, kind=BackupKind.SCHEMA)]
    assert choose([*others, entry(2)]).entry.backup_id == "full-2"


def test_a_schema_backup_serves_where_no_rows_are_wanted() -> None:
    schema = entry(1, kind=BackupKind.SCHEMA)
    assert choose([schema, entry(2)], replace(WANTED, rows=False)).entry == schema


def test_a_damaged_newest_one_is_passed_over_and_said() -> None:
    damaged = entry(1, state=CopyState.DAMAGED)
    found = choose([damaged, entry(2)])
    assert found.entry.backup_id == "full-2"
    assert found.passed_over == (PassedOver("full-1", "local", "the copy is damaged"),)
    assert "(one newer can't)" in found.why


def test_a_damaged_copy_serves_only_who_names_it_and_never_where_its_parts_do_not_fit() -> None:
    damaged = entry(1, state=CopyState.DAMAGED)
    named = replace(WANTED, backup_id="full-1", repository="local")
    assert "found damaged" in choose([damaged], named).why
    unsound = replace(damaged.copies[0], problem="unsound: its parts don't fit together: toc.dat")
    for entries, wanted in (
        ([damaged], replace(named, repository="")),
        ([replace(damaged, copies=(unsound,))], named),
    ):
        with pytest.raises(BackupError):
            choose(entries, wanted)


def test_of_two_copies_the_better_verified_one_is_taken() -> None:
    better = BackupCopy("full-1", "offsite", CopyState.COMPLETE, VerificationLevel.RESTORED, NOW)
    found = choose([in_both(entry(1), offsite=better)])
    assert found.copy.repository == "offsite"
    assert found.why == "the newest backup; proven by a restore"


def test_of_equal_copies_that_of_the_first_repository_is_taken() -> None:
    swapped = replace(entry(1), copies=tuple(reversed(in_both(entry(1)).copies)))
    assert choose([swapped]).copy.repository == "local"


def test_a_missing_copy_leads_to_the_other_one() -> None:
    gone = BackupCopy("full-1", "local", CopyState.MISSING, VerificationLevel.SEALED, None)
    found = choose([in_both(entry(1), local=gone)])
    assert (found.entry.backup_id, found.copy.repository) == ("full-1", "offsite")
    assert found.passed_over == (PassedOver("full-1", "local", "the copy is missing"),)
    assert "newer" not in found.why


def test_an_incremental_needs_what_it_builds_on_in_the_same_repository() -> None:
    base = entry(3, state=CopyState.DAMAGED)
    child = entry(1, kind=BackupKind.INCREMENTAL, needs=("full-3",))
    found = choose([entry(4), base, child])
    assert found.entry.backup_id == "full-4"
    assert found.passed_over[0].why == "it needs backup full-3, whose copy is damaged"
    assert (
        choose(
            [
                in_both(
                    base,
                    offsite=replace(base.copies[0], repository="offsite", state=CopyState.COMPLETE),
                ),
                in_both(child),
            ]
        ).copy.repository
        == "offsite"
    )


def test_an_incremental_whose_base_nobody_knows_is_passed_over() -> None:
    child = entry(1, kind=BackupKind.INCREMENTAL, needs=("full-3",))
    with pytest.raises(BackupError) as said:
        choose([child])
    assert "it needs backup full-3, which is not in the catalog" in said.value.why


def test_without_its_key_a_backup_does_not_serve() -> None:
    with pytest.raises(BackupError) as said:
        choose([entry(1)], keys=["other"])
    assert said.value.what == "There is no backup of orders of shop to restore"
    assert said.value.why == "full-1 in local: it is sealed with key k, which is not at hand"


def test_a_backup_that_a_person_names_is_taken_or_nothing() -> None:
    entries = [entry(1), entry(2), entry(3, state=CopyState.DAMAGED)]
    chosen = choose(entries, replace(WANTED, backup_id="full-2"))
    assert (chosen.entry.backup_id, chosen.why) == (
        "full-2",
        "it was chosen; every byte was authenticated",
    )
    with pytest.raises(BackupError) as said:
        choose(entries, replace(WANTED, backup_id="full-3"))
    assert said.value.what == "Backup full-3 can't be restored"


def test_a_copy_that_a_person_names_is_taken_or_nothing() -> None:
    wanted = replace(WANTED, repository="offsite")
    assert choose([in_both(entry(1))], wanted).copy.repository == "offsite"
    with pytest.raises(BackupError, match="There is no backup"):
        choose([entry(1)], wanted)


def test_one_that_waits_out_its_grace_period_can_still_be_restored() -> None:
    assert choose([entry(40, expired_days_ago=1)]).entry.backup_id == "full-40"


def test_without_any_backup_it_says_so() -> None:
    with pytest.raises(BackupError) as said:
        choose([], replace(WANTED, moment=NOW))
    assert said.value.what.endswith("older than 2026-11-21 12:00:00 UTC to restore")
    assert said.value.why == "the catalog has none"


def test_of_two_copies_that_is_taken_whose_own_key_is_at_hand() -> None:
    older = replace(entry(1).copies[0], key_id="old", level=VerificationLevel.RESTORED)
    found = choose([in_both(entry(1), local=older)])
    assert (found.entry.backup_id, found.copy.repository) == ("full-1", "offsite")
    why = "it is sealed with key old, which is not at hand"
    assert found.passed_over == (PassedOver("full-1", "local", why),)
    assert choose([in_both(entry(1), local=older)], keys=["old", "k"]).copy.repository == "local"


def test_an_incremental_needs_the_key_of_what_it_builds_on_in_the_same_repository() -> None:
    base = entry(3)
    base = in_both(base, local=replace(base.copies[0], key_id="old"))
    child = in_both(entry(1, kind=BackupKind.INCREMENTAL, needs=("full-3",)))
    found = choose([base, child])
    assert (found.entry.backup_id, found.copy.repository) == ("incremental-1", "offsite")
    why = "it needs backup full-3, which is sealed with key old: not at hand"
    assert [each.why for each in found.passed_over] == [why]


@pytest.mark.parametrize(
    ("entries", "changes", "why"),
    [
        ([entry(1), entry(2)], {"moment": NOW - timedelta(days=9)},
         "the oldest, full-2, is of 2026-11-19 12:00:00 UTC"),
        ([entry(1, kind=BackupKind.SCHEMA)], {},
         "the catalog has 1 of it, of definitions or chosen parts alone"),
        ([entry(1, database="other")], {}, "the catalog has none"),
        ([entry(1)], {"repository": "offsite"}, "it has no copy in offsite"),
        ([entry(1)], {"repository": "offsite", "moment": NOW}, "it has no copy in offsite"),
        ([entry(1)], {"repository": "offsite", "backup_id": "full-1"},
         "it has no copy in offsite"),
    ],
    ids=["all are newer", "none has rows", "none of it", "elsewhere", "elsewhere before", "named"],
)  # fmt: skip
def test_why_none_was_even_looked_at(
    entries: list[CatalogEntry], changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(BackupError) as said:
        choose(entries, replace(WANTED, **changes))
    assert said.value.why == why
