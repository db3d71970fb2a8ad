"""An incremental backup builds only on what is whole, sealed and there to stay, in each copy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.backup.parent import candidates
from core.model.backup import BackupCopy, BackupKind, CatalogEntry, CopyState, VerificationLevel
from tests.contract.catalogued import AT, CHILD, FULL, copy, entry
from tests.expiry import expired

BOTH = ("local", "offsite")


def complete(backup_id: str, **changes: object) -> CatalogEntry:
    copies = tuple(copy(name, backup_id) for name in BOTH)
    return entry(backup_id, copies=copies, **changes)


PARENT = complete(FULL)
STEP = complete(
    CHILD, kind=BackupKind.INCREMENTAL, needs=frozenset({FULL}), snapshot_at=AT + timedelta(hours=1)
)


def found(*entries: CatalogEntry, database: str = "orders") -> list[str]:
    chosen = candidates(entries, database=database, repositories=BOTH)
    return [each.backup_id for each in chosen]


def with_copy(of: CatalogEntry, changed: BackupCopy) -> CatalogEntry:
    return replace(of, copies=(of.copies[0], changed))


def test_the_newest_comes_first() -> None:
    assert found(PARENT, STEP) == [CHILD, FULL]
    assert found(PARENT, STEP, database="blog") == []


def test_what_was_taken_last_comes_first_though_a_clock_was_ahead_before() -> None:
    ahead = AT + timedelta(days=400)
    wrong = replace(PARENT, snapshot_at=ahead, finished_at=ahead)
    assert found(wrong, replace(STEP, sequenced_at=ahead + timedelta(microseconds=1)))[0] == CHILD


@pytest.mark.parametrize(
    "bad",
    [
        expired(PARENT, AT),
        replace(PARENT, kind=BackupKind.SCHEMA),
        replace(PARENT, copies=PARENT.copies[:1]),
        with_copy(PARENT, copy("offsite", level=VerificationLevel.NONE)),
        with_copy(PARENT, copy("offsite", state=CopyState.MISSING)),
        with_copy(PARENT, copy("offsite", state=CopyState.DAMAGED)),
    ],
)
def test_nothing_builds_on_what_is_not_good_everywhere_nor_on_its_children(
    bad: CatalogEntry,
) -> None:
    assert found(bad, STEP) == []


def test_a_chain_whose_full_backup_is_unknown_is_not_built_upon() -> None:
    assert found(STEP) == []


def test_a_bad_child_leaves_its_parent() -> None:
    assert found(PARENT, expired(STEP, AT)) == [FULL]
