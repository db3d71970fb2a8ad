"""Artifacts on their way: sealed once, stored in every copy, and read back from each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from core.backup import layout
from core.backup.copies import Copies, Copy
from core.backup.dump.dump_file import DumpFile
from core.backup.keys.ring import KeyRing
from core.backup.keys.wraps_file import Wraps, derivations_of
from core.backup.progress import JobReporter
from core.backup.repository.protocol import Repository
from core.backup.seal import Sealed, SealWriter, new_data_key, open_sealed
from core.backup.traffic import Traffic
from core.errors import BackupError, DamagedArtifactError

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class SealedObject:
    """One object that every good copy has; ``file_name`` is its name in pg_dump's archive."""

    name: str
    file_name: str
    sealed: Sealed


class ArtifactWriter:
    """Takes the plain bytes of one artifact; ``sealed`` is there in the end."""

    def __init__(self, write: Callable[[bytes | memoryview], None]) -> None:
        self.write = write
        self.sealed: Sealed | None = None


class Sealing:
    """Seals the artifacts of one backup; may be used from several threads.

    An artifact counts when each copy has given it back and every byte was authenticated; a copy
    that does not is gone on without.
    """

    def __init__(
        self, copies: Copies, ring: KeyRing, server: str, backup_id: str, reporter: JobReporter
    ) -> None:
        self._copies = copies
        self.ring = ring
        self._server = server
        self.backup_id = backup_id
        self._reporter = reporter
        self._data_keys: dict[str, bytes] = {}
        self._naming = Lock()
        self.traffic = Traffic(copies)

    def seal_file(self, file: DumpFile, name: str) -> SealedObject:
        """Seal a file as the artifact ``name``, and take it away; it may yet be growing.

        Raises:
            BackupError: it can't be read, or no copy is left.
            CancelledError: a person cancelled the job.
        """
        path = file.path
        try:
            with path.open("rb", buffering=0) as opened:
                check = self._reporter.check_cancelled
                sealed = self._seal(name, file.blocks(opened, _BLOCK, check))
            path.unlink()
        except OSError as error:
            raise BackupError(
                f"A file of the dump can't be read: {path.name}",
                why=error.strerror or str(error),
                remedy="see whether the disk of the staging folder has errors",
            ) from error
        return SealedObject(name, path.name, sealed)

    def seal_bytes(self, content: bytes, name: str) -> SealedObject:
        """Seal ``content`` as the artifact ``name``.

        Raises:
            BackupError: no copy is left.
            CancelledError: a person cancelled the job.
        """
        blocks = iter([content])
        return SealedObject(name, name, self._seal(name, lambda: next(blocks, b"")))

    @contextmanager
    def stream(self, name: str) -> Iterator[ArtifactWriter]:
        """A writer of an artifact whose bytes come as they come; stored when all has gone well.

        Raises:
            BackupError: no copy is left.
        """
        data_key = self._new_data_key(name)
        with self._copies.writer(self._path(name)) as tee, self.traffic.sending(tee):
            writer = SealWriter(tee.write, data_key, backup_id=self.backup_id, name=name)
            artifact = ArtifactWriter(writer.write)
            yield artifact
            artifact.sealed = writer.finish()
            tee.commit()
        self._read_back(name, data_key, artifact.sealed)

    def seal_manifest(self, content: bytes, name: str) -> bytes:
        """The sealed bytes of the manifest, which are written later than everything else."""
        parts: list[bytes] = []
        data_key = self._new_data_key(name)
        writer = SealWriter(parts.append, data_key, backup_id=self.backup_id, name=name)
        writer.write(content)
        writer.finish()
        return b"".join(parts)

    def wraps(self) -> Wraps:
        """The wrapped data keys of everything that was sealed."""
        wraps = (
            self.ring.wrap(data_key, backup_id=self.backup_id, artifact=name)
            for name, data_key in sorted(self._data_keys.items())
        )
        return Wraps(self.backup_id, tuple(wraps), derivations_of(self.ring))

    def check_wraps(self, wraps: Wraps) -> None:
        """Nothing, where ``wraps`` open to the very keys that everything was sealed with.

        Raises:
            DamagedArtifactError: they don't.
        """
        written = wraps.by_artifact()
        for name, data_key in self._data_keys.items():
            if self.ring.unwrap(written.get(name, []), backup_id=self.backup_id) != data_key:
                raise DamagedArtifactError(
                    f"The wrapped key of {name} opens to another key",
                    why="what was written reads back otherwise",
                )

    def _seal(self, name: str, next_block: Callable[[], bytes]) -> Sealed:
        with self.stream(name) as artifact:
            while block := next_block():
                self._reporter.check_cancelled()
                artifact.write(block)
        if artifact.sealed is None:
            raise BackupError(f"{name} was not sealed to its end")
        return artifact.sealed

    def _new_data_key(self, name: str) -> bytes:
        with self._naming:
            if name in self._data_keys:
                raise BackupError(f"Two artifacts of one backup are called {name}")
            self._data_keys[name] = new_data_key()
            return self._data_keys[name]

    def _read_back(self, name: str, data_key: bytes, sealed: Sealed) -> None:
        def read_back(copy: Copy) -> None:
            self._authenticate(copy.repository, name, data_key, sealed)

        self._copies.each(read_back)

    def _authenticate(
        self, repository: Repository, name: str, data_key: bytes, sealed: Sealed
    ) -> None:
        plain_bytes = 0
        with repository.reader(self._path(name)) as source:
            for plain in open_sealed(
                source, data_key, backup_id=self.backup_id, name=name, digest=sealed.digest
            ):
                plain_bytes += len(plain)
                self.traffic.given_back(repository.name, len(plain))
                self._reporter.check_cancelled()
        if plain_bytes != sealed.plain_bytes:
            raise DamagedArtifactError(
                f"{name} reads back otherwise than it was written to {repository.name}",
                why=f"{plain_bytes} bytes instead of {sealed.plain_bytes}",
            )

    def _path(self, name: str) -> str:
        return layout.artifact_file(self._server, self.backup_id, name)
