"""A copy of a backup that is missing or damaged, written again from one that is good."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from core.backup import identity, layout
from core.backup.keys.ring import OpeningKeys
from core.backup.markers import (
    Protection,
    clear_expiry,
    read_expiry,
    read_protection,
    write_protection,
)
from core.backup.opened import DataKeys, read_manifest_of, read_wraps_of
from core.backup.progress import JobReporter
from core.backup.repository.protocol import ObjectReader, ObjectWriter, Repository
from core.backup.seal import open_sealed
from core.backup.sign_of_life import signs_of_life
from core.backup.still_there import check_ancestors, check_own
from core.backup.verify.copy import CopyVerifier, Thoroughness
from core.backup.verify.problems import check_none, is_bad, is_refused, reason_of
from core.errors import BackupError, DamagedArtifactError, KeyMissingError, PgvigilError
from core.model.backup import Artifact, Manifest, VerificationLevel
from core.store.local import host_name


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was written again: how many artifacts, their bytes, and how far it was then verified."""

    backup_id: str
    repository: str
    artifacts: int
    written_bytes: int
    level: VerificationLevel


def repair_copy(
    backup_id: str,
    server: str,
    *,
    good: Repository,
    bad: Repository,
    keys: OpeningKeys,
    how: Thoroughness,
    reporter: JobReporter,
    who: str,
    known: Manifest | None = None,
    lost_keys: Collection[str] = (),
) -> Repaired:
    """Make the copy in ``bad`` as good as the one in ``good``, and verify it.

    Only what is missing or damaged is written; every byte is authenticated on its way, and read
    back before the manifest is written, last. What can't be read there counts as damaged. Artifacts
    of ancestors are put right too, but not ancestors that are not there at all: those come first.
    What the other place lets go serves as long as it is there. A sign of life tells other hosts
    that ``who`` is at it. ``known`` is the manifest that the catalog has. Wrapped
    keys that only ``lost_keys`` open count as damaged: those of the good copy open the same data
    keys.

    Raises:
        DamagedArtifactError: the other copy is not good either; nothing false was written.
        BackupError: this copy has expired, an ancestor is not there, or another host has cleared
            away meanwhile what had no manifest yet.
        KeyMissingError, NewerFormatError, RepositoryError: it can't be read or written.
        CancelledError: a person cancelled the job.
    """
    _clear_damaged_expiry(bad, server, backup_id)
    if read_expiry(bad, server, backup_id) is not None:
        raise BackupError(
            f"The copy of backup {backup_id} in {bad.name} is not repaired",
            why=f"the backup has expired in {bad.name}",
            remedy=f"pgvigil backup protect {backup_id} --keep REASON, where it shall stay",
        )
    manifest = CopyVerifier(good, server, keys, reporter).manifest(backup_id, known)
    return _Repair(manifest, good, bad, keys, reporter, lost_keys=lost_keys).do(how, who)


class _Repair:
    def __init__(
        self,
        manifest: Manifest,
        good: Repository,
        bad: Repository,
        keys: OpeningKeys,
        reporter: JobReporter,
        *,
        lost_keys: Collection[str],
    ) -> None:
        self._lost_keys = frozenset(lost_keys)
        self._manifest = manifest
        self._server = manifest.server_id
        self._good = good
        self._bad = bad
        self._keys = keys
        self._reporter = reporter
        self._data_keys = DataKeys(good, manifest.server_id, keys)

    def do(self, how: Thoroughness, who: str) -> Repaired:
        """Everything; nothing is believed before it was read back, and the manifest comes last."""
        manifest, backup_id, bad = self._manifest, self._manifest.backup_id, self._bad
        self._put_identity_right()
        self._check_ancestors()
        verifier = CopyVerifier(bad, self._server, self._keys, self._reporter)
        with signs_of_life(bad, self._server, backup_id, host=host_name(), who=who):
            written = self._put_artifacts_right(verifier)
            self._commit()
        _, level = verifier.verify(backup_id, manifest, how)
        sealed_bytes = sum(each.sealed_bytes for each in written)
        return Repaired(backup_id, bad.name, len(written), sealed_bytes, level)

    def _put_artifacts_right(self, verifier: CopyVerifier) -> list[Artifact]:
        """All but the manifest; gives the artifacts that were written."""
        manifest, backup_id = self._manifest, self._manifest.backup_id
        for each in sorted({backup_id, *manifest.ancestors}):
            self._put_wraps_right(each)
        self._put_beside_right()
        self._reporter.phase("verify", sum(each.sealed_bytes for each in manifest.artifacts))
        wanted = self._bad_artifacts(verifier)
        self._reporter.phase("repair", 2 * sum(each.sealed_bytes for each in wanted))
        for artifact in wanted:
            self._copy(artifact)
        check_none(backup_id, self._bad.name, verifier.problems(manifest))
        for each in sorted({backup_id, *manifest.ancestors}):
            self._bad.settle(layout.backup_folder(self._server, each))
        return wanted

    def _commit(self) -> None:
        """The manifest, and a look whether what it names is still there.

        A prune of another host may have taken the folder for what a dead run left
        (docs/backup-operations.md, "While a backup is written"): then there is to be no manifest.
        """
        server, backup_id, bad = self._server, self._manifest.backup_id, self._bad
        path = layout.manifest_file(server, backup_id)
        was_there = bad.exists(path)
        try:
            wraps = bad.read(layout.wraps_file(server, backup_id))
            check_own(bad, self._manifest, wraps)
            self._copy_small(path)
            check_own(bad, self._manifest, wraps)
            check_ancestors(bad, self._manifest, self._keys)
        except BackupError as error:
            if not was_there:
                bad.delete([path])
            raise BackupError(
                f"The copy of backup {backup_id} in {bad.name} is not repaired",
                why=reason_of(error),
                remedy="nothing is there now that could be taken for whole; the next backup or"
                " verification repairs it",
            ) from error

    def _put_identity_right(self) -> None:
        """Whose the repository is, told anew where that can't be read any more."""
        system = self._manifest.system_identifier
        try:
            identity.claim(self._bad, self._server, system)
        except DamagedArtifactError:
            identity.put_right(self._bad, self._server, system)

    def _put_beside_right(self) -> None:
        """What lies in the clear; a protection whose reason is lost protects all the same."""
        manifest, bad, backup_id = self._manifest, self._bad, self._manifest.backup_id
        folder = layout.backup_folder(self._server, backup_id)
        for name, _ in manifest.beside:
            self._copy_small(folder + name)
        self._copy_small(layout.protected_file(self._server, backup_id))
        try:
            read_protection(bad, self._server, backup_id)
        except PgvigilError as error:
            if not is_bad(error, bad):
                raise
            lost = Protection("the reason is lost: its file was damaged", "", manifest.finished_at)
            write_protection(bad, self._server, backup_id, lost)

    def _check_ancestors(self) -> None:
        """The backups that it refers to exist in the repository, with a manifest of their own."""
        for each in sorted(self._manifest.ancestors):
            is_there = self._bad.exists(layout.manifest_file(self._server, each))
            if not is_there or read_expiry(self._bad, self._server, each) is not None:
                raise BackupError(
                    f"The copy of backup {self._manifest.backup_id} in {self._bad.name} can't be"
                    " repaired",
                    why=f"it needs backup {each}, which is {'expired' if is_there else 'missing'}"
                    " there",
                    remedy="repair that one first: pgvigil backup verify",
                )

    def _bad_artifacts(self, verifier: CopyVerifier) -> list[Artifact]:
        """The artifacts that the copy lacks, or has otherwise."""
        bad = {(each.backup_id, each.name) for each in verifier.problems(self._manifest)}
        return [each for each in self._manifest.artifacts if (each.backup_id, each.name) in bad]

    def _copy(self, artifact: Artifact) -> None:
        path = layout.artifact_file(self._server, artifact.backup_id, artifact.name)
        data_key = self._data_keys.of(artifact.backup_id, artifact.name)
        with self._good.reader(path) as source, self._bad.writer(path) as target:
            for _ in open_sealed(
                _Passing(source, target, self._reporter),
                data_key,
                backup_id=artifact.backup_id,
                name=artifact.name,
                digest=artifact.digest,
            ):
                self._reporter.check_cancelled()
            target.commit()

    def _put_wraps_right(self, backup_id: str) -> None:
        """The wrapped keys, unless those that are there open to the same data keys."""
        names = [e.name for e in self._manifest.artifacts if e.backup_id == backup_id]
        wanted = {name: self._data_keys.of(backup_id, name) for name in names}
        there = DataKeys(self._bad, self._server, self._keys)
        try:
            if {name: there.of(backup_id, name) for name in names} == wanted:
                # The manifest's own is told by opening that.
                read_manifest_of(self._bad, self._server, backup_id, self._keys)
                return
        except KeyMissingError:
            if not self._is_closed_for_good(backup_id):
                raise
        except PgvigilError as error:
            if not (is_bad(error, self._bad) or is_refused(error, self._bad)):
                raise
        path = layout.wraps_file(self._server, backup_id)
        self._bad.write(path, self._good.read(path))

    def _is_closed_for_good(self, backup_id: str) -> bool:
        """Whether its keys there are wrapped with keys that are lost, and with no other."""
        there = read_wraps_of(self._bad, self._server, backup_id).key_ids
        return bool(there) and there <= self._lost_keys

    def _copy_small(self, path: str) -> None:
        """A small object, where the good copy has it and the other has it not, or otherwise."""
        if not self._good.exists(path):
            return
        content = self._good.read(path)
        if not self._has(path, content):
            self._bad.write(path, content)

    def _has(self, path: str, content: bytes) -> bool:
        try:
            return self._bad.read(path) == content
        except PgvigilError as error:
            if not (is_bad(error, self._bad) or is_refused(error, self._bad)):
                raise
            return False


def _clear_damaged_expiry(repository: Repository, server: str, backup_id: str) -> None:
    """A mark that can't be read marks nothing: the next prune decides anew."""
    try:
        read_expiry(repository, server, backup_id)
    except PgvigilError as error:
        if not is_bad(error, repository):
            raise
        clear_expiry(repository, server, backup_id)


class _Passing:
    """Reads sealed bytes from one copy, and writes them to another."""

    def __init__(self, source: ObjectReader, target: ObjectWriter, reporter: JobReporter) -> None:
        self._source = source
        self._target = target
        self._reporter = reporter

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most ``size``."""
        taken = self._source.read(size)
        self._target.write(taken)
        self._reporter.advance(len(taken))
        return taken
