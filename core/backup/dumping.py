"""A snapshot dumped and sealed as it comes: file by file, or as one stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from core.backup.alone import Held
from core.backup.dump.arguments import DumpOrder
from core.backup.dump.complete import SUFFIXES, complete, sequence_values, table_of_file
from core.backup.dump.directory import dump_directory
from core.backup.dump.dump_file import DumpFile
from core.backup.dump.dump_folder import TABLE_OF_CONTENTS
from core.backup.dump.snapshot import HeldSnapshot
from core.backup.dump.stream import dump_custom
from core.backup.dump.table_of_contents import read_table_of_contents
from core.backup.incremental import Choice, NextBackup
from core.backup.progress import JobReporter
from core.backup.sealing import SealedObject, Sealing
from core.errors import BackupError
from core.model.backup import Artifact, ArtifactRole, BackupKind, TableName
from core.model.fingerprint import Fingerprint
from core.postgres.client_programs import ClientPrograms

ARCHIVE = "archive.dump"
"""The artifact that holds a whole archive in custom format."""

_STORE = "store"
_LOOK_SECONDS = 0.25
_SMALL_BYTES = 1 << 20
_SMALL_AT_ONCE = 4
"""Small files that are stored at the same time, for each large one."""


@dataclass(frozen=True, slots=True)
class SnapshotDump:
    """What is to be dumped, with what, and which tables need not be."""

    held: HeldSnapshot
    programs: ClientPrograms
    coming: NextBackup
    choice: Choice

    def order(self, kind: BackupKind) -> DumpOrder:
        """What pg_dump is told of it."""
        return DumpOrder(
            self.held.endpoint,
            self.programs,
            self.held.snapshot_id,
            self.coming.compression,
            kind,
            self.coming.selection,
        )


@dataclass(frozen=True, slots=True)
class SealedDump:
    """The archive as it was sealed: its artifacts, and the fingerprint of just what it holds.

    ``warnings`` are pg_dump's.
    """

    program_version: int
    artifacts: tuple[Artifact, ...]
    fingerprint: Fingerprint
    warnings: tuple[str, ...] = ()


class WatchfulReporter:
    """A job's reporter that also hears of what fails in other threads, and of a lost right."""

    def __init__(self, reporter: JobReporter, held: Held) -> None:
        self._reporter = reporter
        self._held = held
        self._failure: BaseException | None = None

    @property
    def job_id(self) -> str:
        """Which job reports."""
        return self._reporter.job_id

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        """A phase begins."""
        self._reporter.phase(name, total_bytes)

    def advance(self, done_bytes: int) -> None:
        """So many more bytes of the phase are done."""
        self._reporter.advance(done_bytes)

    def check_cancelled(self) -> None:
        """Nothing, while all goes well.

        Raises:
            CancelledError: a person cancelled the job.
            BackupError: another thread failed, or another process took over.
        """
        self._reporter.check_cancelled()
        self._held.check()
        if self._failure is not None:
            raise self._failure

    def note(self, text: str) -> None:
        """Something that belongs into the job's history."""
        self._reporter.note(text)

    def waiting(self, for_whom: str) -> None:
        """Nothing moves before somebody answers."""
        self._reporter.waiting(for_whom)

    def fail(self, error: BaseException) -> None:
        """Have every thread stop at its next step; the first reason counts."""
        self._failure = self._failure or error


def stream(
    dump: SnapshotDump, sealing: Sealing, *, kind: BackupKind, reporter: WatchfulReporter
) -> SealedDump:
    """Dump in custom format, straight into the repositories; the snapshot is finished then.

    Raises:
        BackupError: pg_dump failed, or no copy is left.
        CancelledError: a person cancelled the job.
    """
    with ExitStack() as storing:
        artifact = storing.enter_context(sealing.stream(ARCHIVE))
        outcome = dump_custom(dump.order(kind), artifact.write, reporter)
        dump.held.finish()
        with sealing.traffic.reported(reporter, _STORE, outcome.plain_bytes):
            storing.close()
    if artifact.sealed is None:
        raise BackupError("The archive was not sealed to its end")
    stored = SealedObject(ARCHIVE, ARCHIVE, artifact.sealed)
    sealed = artifact_of(stored, ArtifactRole.ARCHIVE, sealing.backup_id)
    return SealedDump(outcome.program_version, (sealed,), dump.coming.fingerprint, outcome.warnings)


def directory(
    dump: SnapshotDump,
    sealing: Sealing,
    folder: Path,
    *,
    kind: BackupKind,
    files_at_once: int,
    parents_contents: Callable[[], bytes],
    reporter: WatchfulReporter,
) -> SealedDump:
    """Dump in directory format into ``folder``; each finished file is stored and taken away.

    The snapshot is finished as soon as pg_dump is, however long it takes to store everything.
    ``parents_contents`` gives the ``toc.dat`` of the parent, where tables are its.

    Raises:
        BackupError: pg_dump failed, or no copy is left.
        CancelledError: a person cancelled the job.
    """
    with _Store(sealing, files_at_once, reporter) as store:
        outcome = dump_directory(
            dump.order(kind),
            folder,
            workers=dump.held.endpoint.settings.workers,
            exclude_data=tuple(dump.choice.unchanged),
            taker=store,
            reporter=reporter,
        )
        dump.held.finish()
        with sealing.traffic.reported(reporter, _STORE, outcome.plain_bytes):
            stored = store.wait()
    contents = (folder / TABLE_OF_CONTENTS).read_bytes()
    read = read_table_of_contents(contents)
    artifacts = _artifacts(stored, table_of_file(read), sealing.backup_id)
    if dump.choice.unchanged:
        whole = complete(contents, parents_contents(), dump.choice.unchanged)
        contents = whole.table_of_contents
        artifacts += [
            replace(artifact, file_name=whole.file_names[table])
            for table, artifact in dump.choice.unchanged.items()
        ]
    listed = sealing.seal_bytes(contents, TABLE_OF_CONTENTS)
    head = artifact_of(listed, ArtifactRole.TABLE_OF_CONTENTS, sealing.backup_id)
    fingerprint = dump.coming.fingerprint
    if fingerprint.sequences and kind is not BackupKind.SCHEMA:
        fingerprint = replace(fingerprint, sequences=sequence_values(read))
    return SealedDump(outcome.program_version, (head, *artifacts), fingerprint, outcome.warnings)


def artifact_of(
    stored: SealedObject, role: ArtifactRole, backup_id: str, table: TableName | None = None
) -> Artifact:
    """A sealed object as the manifest names it."""
    sealed = stored.sealed
    return Artifact(
        stored.name,
        role,
        backup_id,
        stored.file_name,
        sealed.plain_bytes,
        sealed.sealed_bytes,
        sealed.digest,
        table,
    )


class _Store:
    """Threads that seal and store the files of a dump, while it goes on.

    Large files take memory, small ones time in which nobody works: the latter have more threads, of
    their own. All but one of those for large files may be at one that still grows.
    """

    def __init__(self, sealing: Sealing, threads: int, reporter: WatchfulReporter) -> None:
        self._sealing = sealing
        self._reporter = reporter
        self._large = ThreadPoolExecutor(threads, thread_name_prefix="seal")
        self._small = ThreadPoolExecutor(threads * _SMALL_AT_ONCE, thread_name_prefix="seal-small")
        self._most_growing = threads - 1
        self._growing: list[Future[SealedObject]] = []
        self._files: list[Future[SealedObject]] = []

    def take(self, file: DumpFile, size: int) -> None:
        """Store a file, some time; the list of them all is made and stored at the end."""
        if file.path.name != TABLE_OF_CONTENTS:
            pool = self._small if size <= _SMALL_BYTES else self._large
            self._files.append(pool.submit(self._store, file))

    def take_growing(self, file: DumpFile) -> bool:
        """Store a file as it grows, where a thread can be spared for that."""
        self._growing = [each for each in self._growing if not each.done()]
        if len(self._growing) >= self._most_growing:
            return False
        storing = self._large.submit(self._store, file)
        self._growing.append(storing)
        self._files.append(storing)
        return True

    def wait(self) -> list[SealedObject]:
        """All of them, when all are stored.

        Raises:
            BackupError: one could not be stored.
            CancelledError: a person cancelled the job.
        """
        waiting = set(self._files)
        while waiting:
            self._reporter.check_cancelled()
            _, waiting = wait(waiting, timeout=_LOOK_SECONDS, return_when=FIRST_EXCEPTION)
        return [done.result() for done in self._files]

    def __enter__(self) -> _Store:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._reporter.fail(error)
        for pool in (self._small, self._large):
            pool.shutdown(wait=True, cancel_futures=error is not None)

    def _store(self, file: DumpFile) -> SealedObject:
        try:
            return self._sealing.seal_file(file, file.path.name)
        except BaseException as error:
            self._reporter.fail(error)
            raise


def _artifacts(
    stored: Sequence[SealedObject], tables: Mapping[str, TableName], backup_id: str
) -> list[Artifact]:
    artifacts = []
    for each in sorted(stored, key=lambda each: each.name):
        name = PurePath(each.file_name)
        table = tables.get(name.stem if name.suffix in SUFFIXES else each.file_name)
        role = ArtifactRole.TABLE_DATA if table else ArtifactRole.LARGE_OBJECTS
        artifacts.append(artifact_of(each, role, backup_id, table))
    return artifacts
