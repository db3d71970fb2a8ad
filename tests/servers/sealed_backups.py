"""Backups as a run leaves them in a repository, made in memory: no dump, any artifacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

from core.backup import layout
from core.backup.catalog import entry_of
from core.backup.commit import beside, digests_beside
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.ring import KeyRing
from core.backup.keys.wrap import Wrap
from core.backup.keys.wraps_file import Wraps, derivations_of, write_wraps
from core.backup.manifest import NAME as MANIFEST
from core.backup.manifest import write_manifest
from core.backup.repository.protocol import Repository
from core.backup.seal import Sealed, SealWriter, new_data_key
from core.model.backup import (
    ArchiveFormat,
    Artifact,
    ArtifactRole,
    BackupCopy,
    BackupKind,
    CatalogEntry,
    CopyState,
    Manifest,
    TableName,
    VerificationLevel,
)
from core.model.fingerprint import Fingerprint

SERVER, SYSTEM = "shop", "7432105551235000001"
BEGIN = datetime(2026, 11, 1, 2, tzinfo=UTC)
CONTENTS: Mapping[str, bytes] = {
    "toc.dat": b"PGDMP" + bytes(90),
    "3001.dat.zst": b"rows of a" * 40,
    "3002.dat.zst": b"",
    "globals.sql": b"CREATE ROLE shop;\n",
}
_ROLES = {"toc.dat": ArtifactRole.TABLE_OF_CONTENTS, "globals.sql": ArtifactRole.GLOBALS}
_NOTHING = Fingerprint((1, 2), (), (), "", "", (), (), "UTF8", "C", "c")


@dataclass(frozen=True)
class SealedBackup:
    """A backup and all its objects by their paths; a copy of it is written where it is wanted."""

    manifest: Manifest
    objects: Mapping[str, bytes]
    key_id: str = ""

    @property
    def backup_id(self) -> str:
        """Its id."""
        return self.manifest.backup_id

    def write_to(self, *repositories: Repository) -> None:
        """The same bytes to each, the manifest last."""
        for repository in repositories:
            for path, content in self.objects.items():
                repository.write(path, content)

    def artifact(self, name: str) -> Artifact:
        """One of the artifacts that its manifest names."""
        return next(each for each in self.manifest.artifacts if each.name == name)

    def entry(self, *copies: BackupCopy) -> CatalogEntry:
        """As the catalog lists it, with these copies."""
        return entry_of(self.manifest, self.key_id, copies)

    def copy(
        self,
        repository: str,
        state: CopyState = CopyState.COMPLETE,
        level: VerificationLevel = VerificationLevel.SEALED,
        verified_at: datetime | None = None,
    ) -> BackupCopy:
        """One copy as the catalog has it."""
        at = verified_at or self.manifest.finished_at
        return BackupCopy(self.backup_id, repository, state, level, at)


@dataclass
class Sealing:
    """Seals backups under one key."""

    key: KeyEncryptionKey = field(default_factory=KeyEncryptionKey.generate)
    server: str = SERVER
    system: str = SYSTEM
    chunk_bytes: int = 64

    @property
    def ring(self) -> KeyRing:
        """What opens them."""
        return KeyRing(self.key)

    def full(
        self, day: float = 0, contents: Mapping[str, bytes] = CONTENTS, **manifest: object
    ) -> SealedBackup:
        """A full backup, so many days after the begin; what the manifest says otherwise.

        ``artifacts`` is a function that describes each artifact otherwise.
        """
        return self._backup(BackupKind.FULL, day, contents, (), "", 0, "", manifest)

    def incremental(
        self,
        parent: SealedBackup,
        day: float,
        contents: Mapping[str, bytes],
        referred: Sequence[str],
        **manifest: object,
    ) -> SealedBackup:
        """What is new in ``contents``, and the ``referred`` artifacts of what its parent names."""
        earlier = parent.manifest
        return self._backup(
            BackupKind.INCREMENTAL,
            day,
            contents,
            [parent.artifact(name) for name in referred],
            earlier.backup_id,
            earlier.generation + 1,
            earlier.chain_id,
            manifest,
        )

    def _backup(
        self,
        kind: BackupKind,
        day: float,
        contents: Mapping[str, bytes],
        referred: Sequence[Artifact],
        parent_id: str,
        generation: int,
        chain_id: str,
        changed: Mapping[str, object],
    ) -> SealedBackup:
        at = BEGIN + timedelta(days=day)
        changed = dict(changed)
        backup_id = str(changed.pop("backup_id", "")) or layout.new_backup_id(at, kind)
        objects: dict[str, bytes] = {}
        wraps: list[Wrap] = []
        artifacts = []
        described = changed.pop("artifacts", lambda artifact: artifact)
        assert callable(described)
        for name, plain in contents.items():
            content, sealed = self._sealed(backup_id, name, plain, wraps)
            objects[layout.artifact_file(self.server, backup_id, name)] = content
            artifacts.append(_artifact(backup_id, name, sealed))
        manifest = Manifest(
            backup_id=backup_id,
            server_id=self.server,
            system_identifier=self.system,
            database="orders",
            kind=kind,
            parent_id=parent_id,
            chain_id=chain_id or backup_id,
            generation=generation,
            started_at=at,
            snapshot_at=at,
            finished_at=at + timedelta(minutes=1),
            server_version=180001,
            program_version=180001,
            archive_format=ArchiveFormat.DIRECTORY,
            compression="zstd:3",
            artifacts=tuple(described(each) for each in (*artifacts, *referred)),
            fingerprint=_NOTHING,
            beside=digests_beside(self.server, backup_id),
        )
        manifest = replace(manifest, **changed)  # type: ignore[arg-type]
        last, _ = self._sealed(backup_id, MANIFEST, write_manifest(manifest), wraps)
        found = Wraps(backup_id, tuple(wraps), derivations_of(self.ring))
        objects[layout.wraps_file(self.server, backup_id)] = write_wraps(found)
        objects |= beside(self.server, backup_id)
        objects[layout.manifest_file(self.server, backup_id)] = last
        return SealedBackup(manifest, objects, self.key.key_id)

    def _sealed(
        self, backup_id: str, name: str, plain: bytes, wraps: list[Wrap]
    ) -> tuple[bytes, Sealed]:
        data_key = new_data_key()
        wraps.append(self.ring.wrap(data_key, backup_id=backup_id, artifact=name))
        out = BytesIO()
        writer = SealWriter(
            out.write, data_key, backup_id=backup_id, name=name, chunk_bytes=self.chunk_bytes
        )
        writer.write(plain)
        sealed = writer.finish()
        return out.getvalue(), sealed


def _artifact(backup_id: str, name: str, sealed: Sealed) -> Artifact:
    role = _ROLES.get(name, ArtifactRole.TABLE_DATA)
    is_data = role is ArtifactRole.TABLE_DATA
    table = TableName("public", name.partition(".")[0]) if is_data else None
    sizes = sealed.plain_bytes, sealed.sealed_bytes
    return Artifact(name, role, backup_id, name, *sizes, sealed.digest, table)
