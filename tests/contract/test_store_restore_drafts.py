"""The store keeps what was answered in the restore wizard, for whoever goes on with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import RestoreError
from core.model.backup import TableName
from core.model.restore import TargetKind
from core.model.restore_draft import RestoreDraft, Symptom, WizardStep
from core.store.store import Store

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
DRAFT = RestoreDraft(
    draft_id="d1",
    server_id="shop",
    who="anna@10.0.0.3",
    host="bastion",
    updated_at=AT,
    step=WizardStep.TARGET,
    symptom=Symptom.TABLE_DROPPED,
    damaged_at=AT - timedelta(hours=1),
    backup_id="b1",
    database='orders "of the shop"',
    tables=(TableName("public", "Ordërs of\nall"),),
    schemas=("a",),
    rows=False,
    target=TargetKind.MERGE,
    target_server="shop",
    target_database="orders",
)


def test_it_is_read_by_another_console_as_it_was_written(store: Store, other: Store) -> None:
    saved = store.restore_drafts.save(DRAFT)
    assert saved == replace(DRAFT, revision=1)
    assert other.restore_drafts.get("d1") == saved
    assert other.restore_drafts.get("another") is None


def test_the_newest_of_a_server_come_first(store: Store) -> None:
    for number, server in enumerate(("shop", "shop", "till", "shop")):
        at = AT + timedelta(minutes=number)
        draft = replace(DRAFT, draft_id=f"d{number}", server_id=server, updated_at=at)
        store.restore_drafts.save(draft)
    assert [each.draft_id for each in store.restore_drafts.of("shop", 2)] == ["d3", "d1"]


def test_who_goes_on_with_it_is_told_to_who_had_it(store: Store, other: Store) -> None:
    mine = store.restore_drafts.save(DRAFT)
    theirs = other.restore_drafts.save(replace(mine, who="bob@10.0.0.4", host="laptop"))
    with pytest.raises(RestoreError, match=r"bob@10\.0\.0\.4 goes on") as told:
        store.restore_drafts.save(replace(mine, step=WizardStep.CHECKS))
    assert "laptop at 03:00:00" in told.value.why
    assert store.restore_drafts.get("d1") == theirs


def test_one_that_was_put_aside_is_gone(store: Store, other: Store) -> None:
    mine = store.restore_drafts.save(DRAFT)
    other.restore_drafts.discard(mine)
    assert store.restore_drafts.of("shop", 9) == ()
    with pytest.raises(RestoreError, match="put aside"):
        store.restore_drafts.save(mine)


def test_two_who_begin_at_once_do_not_overwrite_one_another(store: Store, other: Store) -> None:
    store.restore_drafts.save(DRAFT)
    with pytest.raises(RestoreError, match="anna"):
        other.restore_drafts.save(replace(DRAFT, who="bob@10.0.0.4"))
