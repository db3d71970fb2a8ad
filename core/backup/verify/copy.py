"""One copy of one backup, verified as far as is wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest

from core.backup import identity, layout
from core.backup.keys.ring import OpeningKeys
from core.backup.markers import read_expiry, read_protection
from core.backup.opened import read_manifest_of
from core.backup.progress import JobReporter
from core.backup.repository.protocol import Repository
from core.backup.verify.problems import ArtifactProblem, check_none, problem_of
from core.backup.verify.sealed import SealedVerifier
from core.backup.verify.structure import verify_structure
from core.errors import ManifestError, PgvigilError
from core.model.backup import Manifest, VerificationLevel
from core.postgres.client_programs import ClientPrograms


@dataclass(frozen=True, slots=True)
class Thoroughness:
    """How far a copy is verified, and by which programs.

    ``programs_for`` gives those that read the archives of a manifest, ``None`` where there are
    none; they are ended after ``list_seconds``.
    """

    level: VerificationLevel
    programs_for: Callable[[Manifest], ClientPrograms | None]
    list_seconds: float


class CopyVerifier:
    """Verifies copies of one server's backups in one repository, one after another."""

    def __init__(
        self, repository: Repository, server: str, keys: OpeningKeys, reporter: JobReporter
    ) -> None:
        self._repository = repository
        self._server = server
        self._keys = keys
        self._reporter = reporter
        self._sealed = SealedVerifier(repository, server, keys, reporter)

    @property
    def read_bytes(self) -> int:
        """How much of artifacts was read so far."""
        return self._sealed.read_bytes

    def verify(
        self, backup_id: str, known: Manifest | None, how: Thoroughness
    ) -> tuple[Manifest, VerificationLevel]:
        """The copy's manifest, and the level that was reached.

        ``known`` is the manifest that the catalog has: the copy's has to be the same.

        Raises:
            DamagedCopyError: something is missing, or is not what was committed.
            RefusedCopyError: something is there, and the repository won't give it out.
            UnsoundBackupError: its parts don't fit together.
            KeyMissingError, NewerFormatError, RepositoryError: nothing can be said.
            CancelledError: a person cancelled the job.
        """
        manifest = self.manifest(backup_id, known)
        check_none(backup_id, self._repository.name, self.problems(manifest))
        if how.level < VerificationLevel.STRUCTURE:
            return manifest, VerificationLevel.SEALED
        verify_structure(
            self._repository,
            manifest,
            self._keys,
            self._reporter,
            programs=how.programs_for(manifest),
            timeout_seconds=how.list_seconds,
        )
        return manifest, VerificationLevel.STRUCTURE

    def manifest(self, backup_id: str, known: Manifest | None) -> Manifest:
        """The copy's manifest; the same as ``known``, where that is given.

        Raises:
            PgvigilError: as ``verify``.
        """
        try:
            manifest = read_manifest_of(self._repository, self._server, backup_id, self._keys)
            if known is not None and manifest != known:
                raise ManifestError(
                    "It is not the manifest that was committed", why="the catalog has another one"
                )
        except PgvigilError as error:
            problem = problem_of(error, self._repository, backup_id, "the manifest")
            check_none(backup_id, self._repository.name, [problem])
            raise
        return manifest

    def problems(self, manifest: Manifest) -> list[ArtifactProblem]:
        """What is wrong with the artifacts of ``manifest``, and with what lies beside them."""
        return [*self._in_the_clear(manifest), *self._sealed.problems(manifest.artifacts)]

    def _in_the_clear(self, manifest: Manifest) -> list[ArtifactProblem]:
        """What is wrong with what no key protects."""
        server, backup_id = self._server, manifest.backup_id
        checks: dict[str, Callable[[], object]] = {
            layout.REPOSITORY_FILE: lambda: identity.check_format(self._repository),
            layout.server_file(server): lambda: self._check_server(manifest),
            layout.protected_file(server, backup_id): lambda: read_protection(
                self._repository, server, backup_id
            ),
            layout.expired_file(server, backup_id): lambda: read_expiry(
                self._repository, server, backup_id
            ),
        }
        found = []
        for path, check in checks.items():
            try:
                check()
            except PgvigilError as error:
                found.append(problem_of(error, self._repository, backup_id, path))
        for name, digest in manifest.beside:
            if problem := self._beside_problem(backup_id, name, digest):
                found.append(problem)
        return found

    def _check_server(self, manifest: Manifest) -> None:
        there = identity.system_of(self._repository, self._server)
        identity.check_same(self._repository, self._server, there or "", manifest.system_identifier)

    def _beside_problem(self, backup_id: str, name: str, digest: str) -> ArtifactProblem | None:
        path = layout.backup_folder(self._server, backup_id) + name
        try:
            content = self._repository.read(path)
        except PgvigilError as error:
            return problem_of(error, self._repository, backup_id, name)
        if not compare_digest(sha256(content).hexdigest(), digest):
            why = "it is not what was committed; don't run it"
            return ArtifactProblem(backup_id, name, why)
        return None
