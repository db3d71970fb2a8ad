"""Level 1: what a copy lacks, or has otherwise than it was sealed, is found and named."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from core.backup import layout
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.ring import KeyRing
from core.backup.opened import read_manifest_of
from core.backup.progress import SilentReporter
from core.backup.repository.problems import ObjectMissingError
from core.backup.repository.protocol import Repository
from core.backup.verify.problems import DamagedCopyError
from core.backup.verify.sealed import SealedVerifier
from core.errors import CancelledError, DamagedArtifactError, KeyMissingError, ManifestError
from core.model.backup import Manifest, TableName
from tests.servers.documents import rewritten
from tests.servers.sealed_backups import CONTENTS, SERVER, SealedBackup, Sealing

SEALING = Sealing()
DATA = "3001.dat.zst"


@pytest.fixture
def full(repository: Repository) -> SealedBackup:
    backup = SEALING.full()
    backup.write_to(repository)
    return backup


def verify(repository: Repository, manifest: Manifest) -> None:
    SealedVerifier(repository, SERVER, SEALING.ring, SilentReporter()).verify(manifest)


def path_of(backup: SealedBackup, name: str) -> str:
    return layout.artifact_file(SERVER, backup.backup_id, name)


def test_a_copy_as_it_was_written_is_good(repository: Repository, full: SealedBackup) -> None:
    verify(repository, full.manifest)
    assert read_manifest_of(repository, SERVER, full.backup_id, SEALING.ring) == full.manifest


def test_large_artifacts_are_read_in_parts(repository: Repository) -> None:
    sealing = replace(SEALING, chunk_bytes=1 << 20)
    contents = {f"{number}.dat": os.urandom(1_500_000 * number) for number in range(1, 4)}
    backup = sealing.full(contents=contents)
    backup.write_to(repository)
    verifier = SealedVerifier(repository, SERVER, sealing.ring, SilentReporter())
    verifier.verify(backup.manifest)
    assert verifier.read_bytes == sum(each.sealed_bytes for each in backup.manifest.artifacts)


def test_every_bad_artifact_is_named_and_why(repository: Repository, full: SealedBackup) -> None:
    changed = bytearray(repository.read(path_of(full, DATA)))
    changed[-20] ^= 1
    repository.write(path_of(full, DATA), bytes(changed))
    repository.delete([path_of(full, "globals.sql")])
    with pytest.raises(DamagedCopyError) as caught:
        verify(repository, full.manifest)
    bad, missing = caught.value.problems
    assert (bad.name, bad.table) == (DATA, TableName("public", "3001"))
    assert "not as it was written" in bad.why
    assert missing.name == "globals.sql"
    assert repository.name in caught.value.what
    assert DATA in caught.value.why
    assert "globals.sql" in caught.value.why


def test_another_attempt_of_the_same_artifact_is_not_taken_for_it(
    repository: Repository, full: SealedBackup
) -> None:
    size = full.artifact(DATA)
    for otherwise in (
        replace(size, digest="00" * 32),
        replace(size, plain_bytes=size.plain_bytes + 1),
        replace(size, sealed_bytes=size.sealed_bytes - 1),
    ):
        artifacts = tuple(
            otherwise if each.name == DATA else each for each in full.manifest.artifacts
        )
        with pytest.raises(DamagedCopyError):
            verify(repository, replace(full.manifest, artifacts=artifacts))


def test_artifacts_in_each_others_place_are_found(
    repository: Repository, full: SealedBackup
) -> None:
    one, other = path_of(full, "toc.dat"), path_of(full, DATA)
    contents = repository.read(one), repository.read(other)
    repository.write(one, contents[1])
    repository.write(other, contents[0])
    with pytest.raises(DamagedCopyError) as caught:
        verify(repository, full.manifest)
    assert {each.name for each in caught.value.problems} == {"toc.dat", DATA}


def test_a_backup_without_its_wraps_is_not_good(repository: Repository, full: SealedBackup) -> None:
    repository.delete([layout.wraps_file(SERVER, full.backup_id)])
    with pytest.raises(DamagedCopyError) as caught:
        verify(repository, full.manifest)
    assert len(caught.value.problems) == len(CONTENTS)


def test_an_artifact_whose_wrap_is_gone_is_not_good(
    repository: Repository, full: SealedBackup
) -> None:
    path = layout.wraps_file(SERVER, full.backup_id)
    content = repository.read(path)
    wraps = [each for each in json.loads(content)["wraps"] if each["artifact"] != "globals.sql"]
    repository.write(path, rewritten(content, wraps=wraps))
    with pytest.raises(DamagedCopyError) as caught:
        verify(repository, full.manifest)
    assert [each.name for each in caught.value.problems] == ["globals.sql"]


def test_what_it_needs_of_its_ancestors_is_verified_in_their_folders(
    repository: Repository, full: SealedBackup
) -> None:
    step = SEALING.incremental(full, 1, {"toc.dat": b"PGDMP"}, [DATA, "3002.dat.zst"])
    last = SEALING.incremental(step, 2, {"toc.dat": b"PGDMP"}, [DATA])
    step.write_to(repository)
    last.write_to(repository)
    verify(repository, last.manifest)
    repository.delete([path_of(full, "globals.sql")])
    verify(repository, last.manifest)  # which does not need those
    repository.delete([path_of(full, DATA)])
    with pytest.raises(DamagedCopyError) as caught:
        verify(repository, last.manifest)
    assert [each.backup_id for each in caught.value.problems] == [full.backup_id]


def test_what_was_found_good_is_not_read_again(repository: Repository, full: SealedBackup) -> None:
    step = SEALING.incremental(full, 1, {"toc.dat": b"PGDMP"}, [DATA])
    step.write_to(repository)
    verifier = SealedVerifier(repository, SERVER, SEALING.ring, SilentReporter())
    verifier.verify(full.manifest)
    assert verifier.read_bytes == full.manifest.sealed_bytes
    verifier.verify(step.manifest)
    assert verifier.read_bytes == full.manifest.sealed_bytes + step.manifest.sealed_bytes


def test_without_the_key_nothing_is_said_of_the_copy(
    repository: Repository, full: SealedBackup
) -> None:
    other = KeyRing(KeyEncryptionKey.generate())
    with pytest.raises(KeyMissingError):
        SealedVerifier(repository, SERVER, other, SilentReporter()).verify(full.manifest)
    with pytest.raises(KeyMissingError):
        read_manifest_of(repository, SERVER, full.backup_id, other)


def test_a_manifest_in_another_place_is_refused(repository: Repository, full: SealedBackup) -> None:
    for path, content in full.objects.items():
        repository.write(path.replace(SERVER, "stock", 1), content)
    with pytest.raises(ManifestError, match="wrong place"):
        read_manifest_of(repository, "stock", full.backup_id, SEALING.ring)


def test_a_manifest_that_is_missing_or_changed_is_not_read(
    repository: Repository, full: SealedBackup
) -> None:
    path = layout.manifest_file(SERVER, full.backup_id)
    content = repository.read(path)
    repository.write(path, content[:-1])
    with pytest.raises(DamagedArtifactError):
        read_manifest_of(repository, SERVER, full.backup_id, SEALING.ring)
    repository.delete([path])
    with pytest.raises(ObjectMissingError):
        read_manifest_of(repository, SERVER, full.backup_id, SEALING.ring)


class Impatient(SilentReporter):
    """Cancels after the first bytes."""

    def __init__(self) -> None:
        self.done = 0

    def advance(self, done_bytes: int) -> None:
        self.done += done_bytes

    def check_cancelled(self) -> None:
        if self.done:
            raise CancelledError("enough")


def test_a_person_can_cancel_it(repository: Repository, full: SealedBackup) -> None:
    with pytest.raises(CancelledError, match="enough"):
        SealedVerifier(repository, SERVER, SEALING.ring, Impatient()).verify(full.manifest)
