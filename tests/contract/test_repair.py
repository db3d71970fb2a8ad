"""A copy that is missing or damaged is made good from another, and nothing false is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.backup import identity, layout
from core.backup.documents import write_document
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.rewrap import rotate
from core.backup.keys.ring import KeyRing
from core.backup.markers import (
    Protection,
    clear_expiry,
    read_expiry,
    read_protection,
    write_expiry,
    write_protection,
)
from core.backup.progress import JobReporter, SilentReporter
from core.backup.repair import Repaired, repair_copy
from core.backup.repository.protocol import Repository
from core.backup.sign_of_life import being_written
from core.backup.verify.copy import CopyVerifier, Thoroughness
from core.errors import BackupError, DamagedArtifactError, ForeignRepositoryError
from core.model.backup import VerificationLevel
from tests.contract.repositories import small_folder
from tests.servers.sealed_backups import BEGIN, CONTENTS, SERVER, SYSTEM, SealedBackup, Sealing
from tests.servers.waiting import eventually

SEALING = Sealing()
SEALED = Thoroughness(VerificationLevel.SEALED, lambda _: None, 60)
DATA = "3001.dat.zst"


@pytest.fixture
def good(tmp_path: Path) -> Iterator[Repository]:
    """Another repository, whose copies are good."""
    with small_folder(tmp_path / "good").opened() as repository:
        yield repository


@pytest.fixture
def full(good: Repository) -> SealedBackup:
    backup = SEALING.full()
    backup.write_to(good)
    identity.claim(good, SERVER, SYSTEM)
    return backup


def repair(
    backup: SealedBackup,
    good: Repository,
    bad: Repository,
    ring: KeyRing = SEALING.ring,
    reporter: JobReporter | None = None,
) -> Repaired:
    return repair_copy(
        backup.backup_id,
        SERVER,
        good=good,
        bad=bad,
        keys=ring,
        how=SEALED,
        reporter=reporter or SilentReporter(),
        who="ana@bastion",
        known=backup.manifest,
    )


def contents_of(repository: Repository, backup: SealedBackup) -> dict[str, bytes]:
    folder = layout.backup_folder(SERVER, backup.backup_id)
    return {each.path: repository.read(each.path) for each in repository.list(folder)}


def is_good(repository: Repository, backup: SealedBackup) -> bool:
    verifier = CopyVerifier(repository, SERVER, SEALING.ring, SilentReporter())
    return verifier.verify(backup.backup_id, backup.manifest, SEALED)[1] is SEALED.level


def test_a_missing_copy_is_written_whole(
    repository: Repository, good: Repository, full: SealedBackup
) -> None:
    done = repair(full, good, repository)
    assert done.artifacts == len(CONTENTS)
    assert contents_of(repository, full) == full.objects
    assert identity.system_of(repository, SERVER) == SYSTEM


class Looking(SilentReporter):
    """Looks, as soon as anything was read, who is at work."""

    def __init__(self, look: Callable[[], frozenset[str]]) -> None:
        self._look = look
        self.seen: frozenset[str] = frozenset()

    def advance(self, done_bytes: int) -> None:
        if not self.seen:
            self.seen = eventually(self._look)


def test_while_a_missing_copy_is_written_other_hosts_see_that_somebody_is_at_it(
    repository: Repository, good: Repository, full: SealedBackup
) -> None:
    looking = Looking(lambda: being_written(repository, datetime.now(UTC)))
    repair(full, good, repository, reporter=looking)
    assert looking.seen == {f"{SERVER}/{full.backup_id}"}
    assert contents_of(repository, full) == full.objects


def test_only_what_is_damaged_is_written(
    repository: Repository, good: Repository, full: SealedBackup
) -> None:
    full.write_to(repository)
    path = layout.artifact_file(SERVER, full.backup_id, DATA)
    repository.write(path, full.objects[path][:-3] + b"abc")
    done = repair(full, good, repository)
    assert (done.artifacts, done.written_bytes) == (1, full.artifact(DATA).sealed_bytes)
    assert done.level is VerificationLevel.SEALED
    assert contents_of(repository, full) == full.objects


@pytest.mark.parametrize("name", ["manifest.sealed", "wraps.json", "break-glass.py", "README.txt"])
@pytest.mark.parametrize("is_there", [True, False])
def test_each_small_object_is_put_right_without_any_data(
    repository: Repository, good: Repository, full: SealedBackup, name: str, is_there: bool
) -> None:
    full.write_to(repository)
    path = layout.backup_folder(SERVER, full.backup_id) + name
    if is_there:
        repository.write(path, b"x" + full.objects[path][1:])
    else:
        repository.delete([path])
    assert repair(full, good, repository).artifacts == 0
    assert contents_of(repository, full) == full.objects


def test_a_copy_that_is_no_better_repairs_nothing(
    repository: Repository, good: Repository, full: SealedBackup
) -> None:
    full.write_to(repository)
    path = layout.artifact_file(SERVER, full.backup_id, DATA)
    good.write(path, full.objects[path][:-1])
    repository.delete([path])
    before = contents_of(repository, full)
    with pytest.raises(DamagedArtifactError):
        repair(full, good, repository)
    assert contents_of(repository, full) == before


def test_a_missing_copy_does_not_exist_before_all_of_it_was_read_back(
    repository: Repository, good: Repository, full: SealedBackup
) -> None:
    good.delete([layout.artifact_file(SERVER, full.backup_id, "globals.sql")])
    with pytest.raises(BackupError):
        repair(full, good, repository)
    assert not repository.exists(layout.manifest_file(SERVER, full.backup_id))


def test_another_backup_under_the_same_name_is_not_taken_for_it(
    repository: Repository, good: Repository, full: SealedBackup
) -> None:
    other = replace(full, manifest=replace(full.manifest, database="elsewhere"))
    with pytest.raises(DamagedArtifactError, match="not good"):
        repair(other, good, repository)
    assert contents_of(repository, full) == {}


def test_a_copy_that_has_expired_is_not_brought_back_and_serves_for_one_that_has_not(
    repository: Repository, good: Repository, full: SealedBackup
) -> None:
    write_expiry(repository, SERVER, full.backup_id, BEGIN)
    with pytest.raises(BackupError, match="not repaired"):
        repair(full, good, repository)
    assert not repository.exists(layout.manifest_file(SERVER, full.backup_id))
    write_expiry(good, SERVER, full.backup_id, BEGIN)
    clear_expiry(repository, SERVER, full.backup_id)
    repair(full, good, repository)
    assert read_expiry(repository, SERVER, full.backup_id) is None


def test_wraps_under_a_new_key_stay_as_they_are(
    repository: Repository, good: Repository, full: SealedBackup
) -> None:
    full.write_to(repository)
    ring = KeyRing(KeyEncryptionKey.generate(), [SEALING.key])
    list(rotate(repository, ring))
    wraps = layout.wraps_file(SERVER, full.backup_id)
    rotated = repository.read(wraps)
    repository.delete([layout.artifact_file(SERVER, full.backup_id, DATA)])
    assert repair(full, good, repository, ring).artifacts == 1
    assert repository.read(wraps) == rotated


def test_what_an_incremental_needs_of_an_ancestor_is_put_right_too(
    repository: Repository, good: Repository, full: SealedBackup
) -> None:
    step = SEALING.incremental(full, 1, {"toc.dat": b"PGDMP"}, [DATA])
    step.write_to(good)
    full.write_to(repository)
    repository.delete([layout.artifact_file(SERVER, full.backup_id, DATA)])
    assert repair(step, good, repository).artifacts == 2
    assert is_good(repository, step)
    assert is_good(repository, full)


def test_an_incremental_waits_for_its_missing_ancestor(
    repository: Repository, good: Repository, full: SealedBackup
) -> None:
    step = SEALING.incremental(full, 1, {"toc.dat": b"PGDMP"}, [DATA])
    step.write_to(good)
    with pytest.raises(BackupError, match="can't be repaired"):
        repair(step, good, repository)
    repair(full, good, repository)
    repair(step, good, repository)
    assert is_good(repository, step)


def test_a_protection_comes_along(
    repository: Repository, good: Repository, full: SealedBackup
) -> None:
    write_protection(good, SERVER, full.backup_id, Protection("audit", "ana", BEGIN))
    repair(full, good, repository)
    assert read_protection(repository, SERVER, full.backup_id) == Protection("audit", "ana", BEGIN)


def test_a_protection_whose_reason_is_lost_still_protects(
    repository: Repository, good: Repository, full: SealedBackup
) -> None:
    full.write_to(repository)
    repository.write(layout.protected_file(SERVER, full.backup_id), b"{")
    repair(full, good, repository)
    kept = read_protection(repository, SERVER, full.backup_id)
    assert kept is not None
    assert "lost" in kept.reason


@pytest.mark.parametrize("path", [layout.REPOSITORY_FILE, layout.server_file(SERVER)])
def test_whose_the_repository_is_is_told_anew(
    repository: Repository, good: Repository, full: SealedBackup, path: str
) -> None:
    full.write_to(repository)
    identity.claim(repository, SERVER, SYSTEM)
    repository.write(path, b"{}")
    repair(full, good, repository)
    assert identity.check_format(repository)
    assert identity.system_of(repository, SERVER) == SYSTEM


def test_a_repository_of_another_server_is_left_alone(
    repository: Repository, good: Repository, full: SealedBackup
) -> None:
    identity.claim(repository, SERVER, "1")
    before = {each.path for each in repository.list()}
    with pytest.raises(ForeignRepositoryError):
        repair(full, good, repository)
    assert {each.path for each in repository.list()} == before


def test_a_newer_format_is_left_alone(
    repository: Repository, good: Repository, full: SealedBackup
) -> None:
    from tests.servers.documents import rewritten

    made = write_document("pgvigil repository", {"repository_id": "a"})
    repository.write(layout.REPOSITORY_FILE, rewritten(made, version=2))
    with pytest.raises(BackupError, match="newer"):
        repair(full, good, repository)
