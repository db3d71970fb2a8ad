"""The newest backup that a restore has proven stays in every repository that has a copy of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.backup import layout
from core.backup.progress import SilentReporter
from core.backup.proofs import note_proof
from core.model.backup import CopyState, VerificationLevel
from tests.contract.prune.pruning import SEALING, folder, ids, look, prune
from tests.servers.backed_up import BackedUp
from tests.servers.sealed_backups import SERVER, SealedBackup


class Noting(SilentReporter):
    """Keeps what a job notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, sentence: str) -> None:
        """A sentence for whoever looks."""
        self.notes.append(sentence)


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


def restored(host: BackedUp, name: str, backup: SealedBackup) -> list[str]:
    """What is told of it when a restore of one copy has proven a backup."""
    noting = Noting()
    note_proof(
        host.store.catalog, host.settings, backup.backup_id, name, now=host.now(), reporter=noting
    )
    return noting.notes


def test_a_restore_says_so_beside_each_copy_also_where_nobody_verifies(pair: BackedUp) -> None:
    old = pair.put(SEALING.full(0))
    assert restored(pair, "far", old) == []
    for name in pair.repositories:
        assert "restored.json" in folder(pair, old, name)
    assert pair.copies(old)["far"].level is VerificationLevel.RESTORED


def test_a_prune_says_so_where_the_restore_could_not(host: BackedUp, other: BackedUp) -> None:
    _, old, _ = (host.put(SEALING.full(day)) for day in (0, 0.5, 11))
    host.store.catalog.record_copy(old.copy("only", level=VerificationLevel.RESTORED))
    assert prune(host).destroyed == ()
    assert "restored.json" in folder(host, old)
    look(other)
    other.later(days=2)
    assert old.backup_id not in prune(other).expired


def test_a_repository_that_is_away_is_told_of_a_restore_later(pair: BackedUp) -> None:
    old = pair.put(SEALING.full(0))
    here = pair.settings
    away = replace(here.repositories["near"], path=f"{here.repositories['near'].path}-away")
    pair.settings = replace(here, repositories={**here.repositories, "near": away})
    restored(pair, "far", old)
    assert "restored.json" in folder(pair, old, "far")
    assert not Path(away.path).exists()
    pair.settings = here
    prune(pair, "near")
    assert "restored.json" in folder(pair, old, "near")


def test_what_is_gone_gets_no_folder_again(pair: BackedUp) -> None:
    old = pair.put(SEALING.full(0))
    near = pair.repositories["near"]
    near.delete([each.path for each in near.list(layout.backup_folder(SERVER, old.backup_id))])
    restored(pair, "far", old)
    assert folder(pair, old, "near") == set()


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
