"""Level 1: every byte that a backup needs is read back and authenticated.

An object that can't be read is put aside after a short while, so that the others are read first.
Then all that were put aside are tried again together, for as long as the settings try one request:
however many they are, what is lastingly broken costs a verification that time once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event, Lock
from time import monotonic

from core.backup import layout
from core.backup.keys.ring import OpeningKeys
from core.backup.opened import DataKeys
from core.backup.progress import JobReporter
from core.backup.repository.protocol import ObjectReader, Repository
from core.backup.seal import open_sealed
from core.backup.verify.problems import FAILING, ArtifactProblem, check_none, problem_of
from core.errors import CancelledError, DamagedArtifactError, PgvigilError
from core.model.backup import Artifact, Manifest

_FEWEST_READERS, _MOST_READERS = 2, 8
_FIRST_SHARE = 0.05
"""Of the time for which a request is tried: what an object gets before the others are read."""


class SealedVerifier:
    """Verifies backups of one server in one repository.

    What it has found good it does not read again: the members of a chain share most artifacts.
    ``read_bytes`` is how much it has read.
    """

    def __init__(
        self, repository: Repository, server: str, keys: OpeningKeys, reporter: JobReporter
    ) -> None:
        self._repository = repository
        self._server = server
        self._data_keys = DataKeys(repository, server, keys)
        self._reporter = reporter
        self._good: set[Artifact] = set()
        self._counting = Lock()
        self.read_bytes = 0

    def verify(self, manifest: Manifest) -> None:
        """Authenticate every artifact that ``manifest`` names, its ancestors' too.

        The manifest itself is not read: it may be yet to be written.

        Raises:
            DamagedCopyError: something is missing, or is not what was sealed.
            RefusedCopyError: something is there, and the repository won't give it out.
            KeyMissingError: a key is not at hand, so that nothing can be said.
            NewerFormatError: a newer pgvigil wrote it.
            RepositoryError: the repository can't be read, so that nothing can be said.
            CancelledError: a person cancelled the job.
        """
        problems = self.problems(manifest.artifacts)
        check_none(manifest.backup_id, self._repository.name, problems)

    def problems(self, artifacts: Iterable[Artifact]) -> list[ArtifactProblem]:
        """What is wrong with these; nothing is left out because another one is bad.

        Raises:
            PgvigilError: as :meth:`verify`, but for what is wrong with the artifacts.
        """
        unread = self._unread(artifacts)
        if not unread:
            return []
        whole = self._repository.settings.retry_seconds
        aside: list[Artifact] = []
        found = self._found(unread, aside.append, lambda: whole * _FIRST_SHARE)
        if aside:
            end = monotonic() + whole
            found += self._found(aside, None, lambda: max(0.0, end - monotonic()))
        return sorted(found, key=lambda each: (each.backup_id, each.name))

    def _found(
        self,
        artifacts: Sequence[Artifact],
        put_aside: Callable[[Artifact], None] | None,
        patience_seconds: Callable[[], float],
    ) -> list[ArtifactProblem]:
        """What is wrong with these; what can't be read may be put aside instead."""
        ordered = sorted(artifacts, key=lambda each: each.sealed_bytes, reverse=True)
        work = _Work(ordered, put_aside, patience_seconds)
        readers = max(1, min(len(ordered), _readers()))
        with ThreadPoolExecutor(readers, thread_name_prefix="verify") as pool:
            reading = [pool.submit(self._problems, work) for _ in range(readers)]
            try:
                return [each for done in as_completed(reading) for each in done.result()]
            finally:
                work.stop()

    def _problems(self, work: _Work) -> list[ArtifactProblem]:
        return [found for artifact in work if (found := self._problem(artifact, work))]

    def _unread(self, artifacts: Iterable[Artifact]) -> list[Artifact]:
        return [each for each in artifacts if each not in self._good]

    def _problem(self, artifact: Artifact, work: _Work) -> ArtifactProblem | None:
        try:
            self._authenticate(artifact, work)
        except PgvigilError as error:
            backup_id, name, table = artifact.backup_id, artifact.name, artifact.table
            problem = problem_of(error, self._repository, backup_id, name, table)
            if work.put_aside is not None and isinstance(error, FAILING):
                work.put_aside(artifact)
                return None
            return problem
        with self._counting:
            self._good.add(artifact)
        return None

    def _authenticate(self, artifact: Artifact, work: _Work) -> None:
        path = layout.artifact_file(self._server, artifact.backup_id, artifact.name)
        data_key = self._data_keys.of(artifact.backup_id, artifact.name)
        plain_bytes = 0
        patience = work.patience_seconds()
        with self._repository.reader(path, patience_seconds=patience) as opened:
            source = _Counted(opened, self._count, work)
            for plain in open_sealed(
                source,
                data_key,
                backup_id=artifact.backup_id,
                name=artifact.name,
                digest=artifact.digest,
            ):
                plain_bytes += len(plain)
        if (source.bytes, plain_bytes) != (artifact.sealed_bytes, artifact.plain_bytes):
            raise DamagedArtifactError(
                "A sealed artifact has another size than the manifest says",
                why=f"{source.bytes} bytes, {plain_bytes} of them content;"
                f" expected {artifact.sealed_bytes} and {artifact.plain_bytes}",
            )

    def _count(self, size: int) -> None:
        self._reporter.check_cancelled()
        self._reporter.advance(size)
        with self._counting:
            self.read_bytes += size


class _Work:
    """Artifacts that several threads take one after another, until they are told to stop.

    ``put_aside`` takes one that can't be read now; ``None``: that is a problem. It is tried for
    ``patience_seconds``.
    """

    def __init__(
        self,
        artifacts: Iterable[Artifact],
        put_aside: Callable[[Artifact], None] | None,
        patience_seconds: Callable[[], float],
    ) -> None:
        self.put_aside = put_aside
        self.patience_seconds = patience_seconds
        self._artifacts = iter(artifacts)
        self._taking = Lock()
        self._stopped = Event()

    def __iter__(self) -> Iterator[Artifact]:
        return self

    def __next__(self) -> Artifact:
        with self._taking:
            if self._stopped.is_set():
                raise StopIteration
            return next(self._artifacts)

    def stop(self) -> None:
        """Nothing more is taken, and what is being read is given up."""
        self._stopped.set()

    def check(self) -> None:
        """Nothing, unless it is stopped.

        Raises:
            CancelledError: it is, because another thread failed or the person had enough.
        """
        if self._stopped.is_set():
            raise CancelledError("The verification was stopped")


class _Counted:
    """A reader that says how much was read from it."""

    def __init__(self, reader: ObjectReader, count: Callable[[int], object], work: _Work) -> None:
        self._reader = reader
        self._count = count
        self._work = work
        self.bytes = 0

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most ``size``."""
        self._work.check()
        taken = self._reader.read(size)
        self.bytes += len(taken)
        self._count(len(taken))
        return taken


def _readers() -> int:
    """Threads that read at once: opening needs cores, a bucket needs patience."""
    return max(_FEWEST_READERS, min(_MOST_READERS, len(os.sched_getaffinity(0))))
