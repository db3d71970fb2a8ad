"""The catalog says what a repository holds, whoever wrote it, in every kind of repository."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.backup import layout
from core.backup.catalog import CatalogNews, bring_in_line
from core.backup.documents import write_document
from core.backup.identity import check_format, claim, system_of
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.ring import KeyRing
from core.backup.markers import (
    Protection,
    clear_expiry,
    clear_protection,
    read_expiry,
    read_protection,
    write_expiry,
    write_protection,
)
from core.backup.progress import SilentReporter
from core.backup.repository.protocol import Repository
from core.config.settings import StoreSettings
from core.errors import DamagedArtifactError, ForeignRepositoryError, NewerFormatError
from core.model.backup import (
    BackupCopy,
    BackupKind,
    CatalogEntry,
    CopyState,
    Selection,
    VerificationLevel,
)
from core.store.store import Store
from tests.servers.documents import rewritten
from tests.servers.sealed_backups import Sealing
from tests.unit.backup.break_glass.backups_on_disk import FULL, STEP, write_backup

SERVER, SYSTEM = "orders", "7432105551235"
AT = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
KEY = KeyEncryptionKey.generate()
RING = KeyRing(KEY)
SEEN = BackupCopy(
    FULL, "nightly", CopyState.COMPLETE, VerificationLevel.NONE, None, key_id=KEY.key_id
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = Store.open(StoreSettings(), state_folder=tmp_path / "state", migrate=True)
    yield store
    store.close()


def put(repository: Repository, tmp_path: Path, backup_id: str = FULL) -> None:
    """A backup in the repository, and whose it is."""
    claim(repository, SERVER, SYSTEM)
    written = write_backup(tmp_path / "made", RING, {"a": b"rows"}, backup_id=backup_id)
    for path in sorted(written.folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(tmp_path / "made").as_posix()
            repository.write(f"{SERVER}/{name}", path.read_bytes())


def bring(repository: Repository, store: Store, ring: KeyRing = RING) -> CatalogNews:
    return bring_in_line(repository, store.catalog, ring, configured={}, reporter=SilentReporter())


def known(store: Store, backup_id: str = FULL) -> CatalogEntry:
    found = store.catalog.get(backup_id)
    assert found is not None
    return found


def test_a_new_machine_learns_of_backups_from_the_repository_alone(
    repository: Repository, store: Store, tmp_path: Path
) -> None:
    assert bring(repository, store) == CatalogNews("nightly")
    put(repository, tmp_path)
    put(repository, tmp_path, STEP)
    assert bring(repository, store).added == (FULL, STEP)
    entry = known(store)
    assert (entry.server_id, entry.system_identifier) == (SERVER, SYSTEM)
    assert entry.key_id == KEY.key_id
    assert entry.copies == (SEEN,)
    assert not entry.is_good
    manifest = store.catalog.manifest(FULL)
    assert manifest is not None
    assert [each.name for each in manifest.artifacts] == ["a"]
    assert bring(repository, store) == CatalogNews("nightly")


def test_what_was_chosen_and_in_which_order_is_known_from_the_repository_alone(
    repository: Repository, store: Store
) -> None:
    sealing, ahead = Sealing(KEY), AT + timedelta(days=400)
    first = sealing.full(snapshot_at=ahead, finished_at=ahead)
    second = sealing.full(
        1,
        kind=BackupKind.DATA,
        selection=Selection(tables=("b", "a")),
        sequenced_at=ahead + timedelta(microseconds=1),
    )
    claim(repository, sealing.server, sealing.system)
    first.write_to(repository)
    second.write_to(repository)
    bring(repository, store)
    entries = store.catalog.entries(sealing.server)
    assert [each.backup_id for each in entries] == [first.backup_id, second.backup_id]
    assert entries[1].selection == Selection(tables=("a", "b"))
    assert [replace(e, copies=()) for e in entries] == [first.entry(), second.entry()]


def test_a_copy_that_vanished_is_missing_until_it_is_back(
    repository: Repository, store: Store, tmp_path: Path
) -> None:
    put(repository, tmp_path)
    bring(repository, store)
    sealed = replace(SEEN, level=VerificationLevel.SEALED, verified_at=AT)
    store.catalog.record_copy(sealed)
    path = layout.manifest_file(SERVER, FULL)
    manifest = repository.read(path)
    repository.delete([path])
    assert bring(repository, store).vanished == (FULL,)
    (copy,) = known(store).copies
    assert (copy.state, copy.level) == (CopyState.MISSING, VerificationLevel.NONE)
    assert bring(repository, store).vanished == ()
    repository.write(path, manifest)
    assert bring(repository, store).found == (FULL,)
    assert known(store).copies == (SEEN,)


def test_a_backup_without_a_manifest_is_none(
    repository: Repository, store: Store, tmp_path: Path
) -> None:
    put(repository, tmp_path)
    repository.delete([layout.manifest_file(SERVER, FULL)])
    assert bring(repository, store) == CatalogNews("nightly")
    assert store.catalog.entries() == ()


def test_a_backup_whose_keys_are_destroyed_is_expired(
    repository: Repository, store: Store, tmp_path: Path
) -> None:
    put(repository, tmp_path)
    bring(repository, store)
    write_expiry(repository, SERVER, FULL, AT)
    repository.delete([layout.wraps_file(SERVER, FULL)])
    bring(repository, store)
    (copy,) = known(store).copies
    assert copy.state is CopyState.EXPIRED
    assert not known(store).is_good


def test_a_backup_whose_keys_are_lost_is_damaged(
    repository: Repository, store: Store, tmp_path: Path
) -> None:
    put(repository, tmp_path)
    bring(repository, store)
    repository.delete([layout.wraps_file(SERVER, FULL)])
    bring(repository, store)
    assert known(store).copies[0].state is CopyState.DAMAGED


def test_what_other_hosts_say_of_its_fate_is_taken_over(
    repository: Repository, store: Store, tmp_path: Path
) -> None:
    put(repository, tmp_path)
    write_expiry(repository, SERVER, FULL, AT)
    bring(repository, store)
    assert known(store).expired_at == AT
    assert read_expiry(repository, SERVER, FULL) == AT

    protection = Protection("before the migration", "anna@bastion", AT)
    write_protection(repository, SERVER, FULL, protection)
    bring(repository, store)
    assert known(store).kept_because == "before the migration"
    assert known(store).expired_at is None
    assert read_protection(repository, SERVER, FULL) == protection

    clear_protection(repository, SERVER, FULL)
    clear_expiry(repository, SERVER, FULL)
    bring(repository, store)
    assert (known(store).kept_because, known(store).expired_at) == ("", None)


def test_a_protection_whose_reason_can_t_be_read_protects_all_the_same(
    repository: Repository, store: Store, tmp_path: Path
) -> None:
    put(repository, tmp_path)
    repository.write(layout.protected_file(SERVER, FULL), b"\x00")
    bring(repository, store)
    assert known(store).kept_because


def test_a_damaged_manifest_is_a_problem_and_no_copy_to_believe_in(
    repository: Repository, store: Store, tmp_path: Path
) -> None:
    put(repository, tmp_path)
    path = layout.manifest_file(SERVER, FULL)
    good = repository.read(path)
    repository.write(path, good[:-1] + bytes([good[-1] ^ 1]))
    put(repository, tmp_path, STEP)
    news = bring(repository, store)
    assert news.added == (STEP,)
    assert [backup_id for backup_id, _ in news.problems] == [FULL]
    assert store.catalog.get(FULL) is None


def test_a_manifest_whose_key_is_elsewhere_is_told_and_not_judged(
    repository: Repository, store: Store, tmp_path: Path
) -> None:
    put(repository, tmp_path)
    stranger = KeyRing(KeyEncryptionKey.generate())
    ((backup_id, why),) = bring(repository, store, stranger).problems
    assert backup_id == FULL
    assert KEY.key_id in why


def test_backups_of_another_server_in_the_folder_are_refused(
    repository: Repository, store: Store, tmp_path: Path
) -> None:
    put(repository, tmp_path)
    document = write_document("pgvigil server", {"server": SERVER, "system_identifier": "1"})
    repository.write(layout.server_file(SERVER), document)
    assert bring(repository, store).problems
    assert store.catalog.entries() == ()
    with pytest.raises(ForeignRepositoryError):
        claim(repository, SERVER, SYSTEM)


def test_a_cluster_that_can_t_be_told_is_told_later(repository: Repository) -> None:
    claim(repository, SERVER, "")
    assert system_of(repository, SERVER) == ""
    claim(repository, SERVER, SYSTEM)
    assert system_of(repository, SERVER) == SYSTEM
    claim(repository, SERVER, "")
    assert system_of(repository, SERVER) == SYSTEM


def test_claiming_again_changes_nothing(repository: Repository) -> None:
    assert check_format(repository) == ""
    claim(repository, SERVER, SYSTEM)
    first = check_format(repository)
    assert first
    claim(repository, SERVER, SYSTEM)
    claim(repository, "blog", "1")
    assert check_format(repository) == first


@pytest.mark.parametrize("path", [layout.REPOSITORY_FILE, layout.server_file(SERVER)])
def test_what_a_newer_pgvigil_made_is_left_alone(
    repository: Repository, store: Store, tmp_path: Path, path: str
) -> None:
    put(repository, tmp_path)
    newer = rewritten(repository.read(path), version=2)
    repository.write(path, newer)
    with pytest.raises(NewerFormatError) as refused:
        claim(repository, SERVER, SYSTEM)
    assert "version is 2" in refused.value.why
    assert repository.read(path) == newer


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": "other"}', b"\xff"])
def test_a_damaged_identity_is_no_invitation(repository: Repository, content: bytes) -> None:
    claim(repository, SERVER, SYSTEM)
    for path in (layout.REPOSITORY_FILE, layout.server_file(SERVER)):
        good = repository.read(path)
        repository.write(path, content)
        with pytest.raises(DamagedArtifactError):
            claim(repository, SERVER, SYSTEM)
        repository.write(path, good)
