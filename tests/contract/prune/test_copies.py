"""What one repository lets go, another one keeps: each copy has its own fate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.backup import layout
from core.model.backup import CopyState, VerificationLevel
from tests.contract.prune.pruning import (
    RETENTION,
    SEALING,
    TEN_DAYS,
    folder,
    ids,
    look,
    prune,
    pruning,
)
from tests.contract.verify.verifying import damage, verify
from tests.servers.backed_up import BackedUp
from tests.servers.sealed_backups import SERVER, SealedBackup

COMPLETE, DAMAGED = CopyState.COMPLETE, CopyState.DAMAGED


@pytest.fixture
def old(pair: BackedUp) -> SealedBackup:
    """A backup that is the last of its week in the one place, and in the other has just expired."""
    weekly = replace(RETENTION, full=replace(TEN_DAYS, weekly=8))
    pair.settings = replace(pair.settings, retention=weekly)
    old = pair.put(SEALING.full(0))
    pair.put(SEALING.full(0.5, copies=("near",)), "near")
    pair.put(SEALING.full(11))
    assert (prune(pair, "near").expired, prune(pair, "far").expired) == (ids(old), ())
    return old


def test_what_expires_in_one_repository_is_verified_repaired_and_kept_where_it_is_kept(
    pair: BackedUp, old: SealedBackup
) -> None:
    entry = pair.store.catalog.get(old.backup_id)
    assert entry is not None
    assert entry.expired_at is None
    assert {name: bool(copy.expired_at) for name, copy in pair.copies(old).items()} == {
        "near": True, "far": False,
    }  # fmt: skip
    damage(pair, "far", old)
    pair.later(days=2)
    outcome = verify(pair)
    read = {each.repository for each in outcome.copies if each.backup_id == old.backup_id}
    assert read == {"far"}
    assert [(each.backup_id, each.repository) for each in outcome.repaired] == [
        (old.backup_id, "far")
    ]
    assert outcome.is_well
    assert prune(pair, "near").destroyed == ids(old)
    for _ in range(2):
        look(pair)
        assert (prune(pair, "near").expired, prune(pair, "far").expired) == ((), ())
    assert pair.states(old) == {"far": COMPLETE}
    assert folder(pair, old, "near") == set()


@pytest.mark.parametrize("planned_before", [False, True])
def test_the_last_good_copy_stays_until_the_one_that_is_kept_is_repaired(
    pair: BackedUp, old: SealedBackup, *, planned_before: bool
) -> None:
    pair.later(days=2)
    at_work = pruning(pair, "near")
    planned = at_work.plan()
    damage(pair, "far", old)
    pair.store.catalog.record_copy(old.copy("far", DAMAGED, VerificationLevel.NONE))
    outcome = at_work.do(planned if planned_before else at_work.plan())
    assert outcome.destroyed == ()
    assert "kept in far, where no good copy" in " ".join(outcome.notes)
    look(pair)
    assert pair.states(old) == {"near": COMPLETE, "far": COMPLETE}
    assert prune(pair, "near").destroyed == ids(old)
    assert pair.states(old) == {"far": COMPLETE}


def test_what_another_host_has_destroyed_after_its_time_of_grace_is_not_written_again(
    pair: BackedUp, old: SealedBackup
) -> None:
    near = pair.repositories["near"]
    near.delete([each.path for each in near.list(layout.backup_folder(SERVER, old.backup_id))])
    assert not verify(pair).repaired
    assert pruning(pair, "near").plan().forgotten == ids(old)
    prune(pair, "near")
    assert not verify(pair).repaired
    assert pair.states(old) == {"far": COMPLETE}
