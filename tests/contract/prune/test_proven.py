"""The newest backup that a restore has proven stays in every repository that has a copy of it."""

from __future__ import annotations

from core.backup import layout
from core.model.backup import CopyState, VerificationLevel
from tests.contract.prune.pruning import SEALING, folder, ids, look, prune
from tests.servers.backed_up import BackedUp
from tests.servers.sealed_backups import SERVER, SealedBackup


def proven_far_away(pair: BackedUp) -> SealedBackup:
    """An old backup of which one of two copies was restored, between an older and a young one."""
    _, old, _ = (pair.put(SEALING.full(day)) for day in (0, 0.5, 11))
    pair.store.catalog.record_copy(old.copy("far", level=VerificationLevel.RESTORED))
    return old


def test_a_restore_of_one_copy_proves_the_others(pair: BackedUp) -> None:
    old = proven_far_away(pair)
    for name in pair.repositories:
        assert old.backup_id not in prune(pair, name).expired
    pair.later(days=2)
    for name in pair.repositories:
        assert old.backup_id not in prune(pair, name).destroyed
        assert "manifest.sealed" in folder(pair, old, name)


def test_it_stays_where_the_restored_copy_turns_bad_and_repairs_that(pair: BackedUp) -> None:
    old = proven_far_away(pair)
    artifact = old.manifest.artifacts[0]
    path = layout.artifact_file(SERVER, old.backup_id, artifact.name)
    pair.repositories["far"].write(path, b"\x00" + pair.repositories["far"].read(path)[1:])
    bad = old.copy("far", CopyState.DAMAGED, VerificationLevel.NONE)
    pair.store.catalog.record_copy(bad)
    assert old.backup_id not in prune(pair, "near").expired
    assert old.backup_id not in prune(pair, "far").expired
    look(pair)
    assert pair.states(old) == {"near": CopyState.COMPLETE, "far": CopyState.COMPLETE}
    assert old.backup_id not in prune(pair, "near").expired


def test_another_host_keeps_what_a_restore_has_proven_here(host: BackedUp, other: BackedUp) -> None:
    _, old, young = (host.put(SEALING.full(day)) for day in (0, 0.5, 11))
    host.store.catalog.record_copy(old.copy("only", level=VerificationLevel.RESTORED))
    look(host)
    look(other)
    assert old.backup_id not in prune(other).expired
    host.later(days=40)
    other.later(days=40)
    newer = host.put(SEALING.full(51))
    host.store.catalog.record_copy(newer.copy("only", level=VerificationLevel.RESTORED))
    assert set(ids(old, young)) <= set(prune(host).expired)
    host.later(days=2)
    assert old.backup_id in prune(host).destroyed
    assert folder(host, old) == set()
