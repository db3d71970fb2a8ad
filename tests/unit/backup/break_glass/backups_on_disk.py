"""Backups in a folder, as a repository of the kind folder holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.backup.keys.ring import KeyRing
from core.backup.keys.wraps_file import Wraps, derivations_of, write_wraps
from core.backup.manifest import NAME as MANIFEST
from core.backup.manifest import write_manifest
from core.backup.seal import SealWriter, new_data_key
from core.model.backup import ArchiveFormat, Artifact, ArtifactRole, BackupKind, Manifest
from core.model.fingerprint import Fingerprint

FULL = "20261121T020000Z-full-0011aabb"
STEP = "20261121T090000Z-incremental-2233ccdd"
_AT = datetime(2026, 11, 21, 2, tzinfo=UTC)
_NOTHING = Fingerprint((1, 2), (), (), "", "", (), (), "UTF8", "C", "c")
_ROLES = {"toc.dat": ArtifactRole.TABLE_OF_CONTENTS, "globals.sql": ArtifactRole.GLOBALS}


@dataclass(frozen=True, slots=True)
class BackupOnDisk:
    """A backup's folder, and what its manifest says."""

    folder: Path
    manifest: Manifest

    def artifact(self, name: str) -> Artifact:
        """One of its artifacts."""
        return next(each for each in self.manifest.artifacts if each.name == name)


def write_backup(
    server: Path,
    ring: KeyRing,
    contents: Mapping[str, bytes],
    *,
    backup_id: str = FULL,
    referred: Sequence[Artifact] = (),
    chunk_bytes: int = 64,
    changed: Mapping[str, Mapping[str, Any]] | None = None,
) -> BackupOnDisk:
    """Seal ``contents`` below ``server``; ``changed`` says what the manifest has otherwise."""
    folder = server / backup_id
    (folder / "artifacts").mkdir(parents=True)
    wraps = []

    def seal(name: str, plain: bytes, path: Path) -> Artifact:
        data_key = new_data_key()
        wraps.append(ring.wrap(data_key, backup_id=backup_id, artifact=name))
        with path.open("wb") as file:
            writer = SealWriter(
                file.write, data_key, backup_id=backup_id, name=name, chunk_bytes=chunk_bytes
            )
            writer.write(plain)
            sealed = writer.finish()
        role = _ROLES.get(name, ArtifactRole.TABLE_DATA)
        sizes = sealed.plain_bytes, sealed.sealed_bytes
        return Artifact(name, role, backup_id, name, *sizes, sealed.digest)

    artifacts = tuple(
        seal(name, plain, folder / "artifacts" / f"{name}.sealed")
        for name, plain in contents.items()
    )
    artifacts = tuple(replace(each, **(changed or {}).get(each.name, {})) for each in artifacts)
    manifest = _manifest(backup_id, (*artifacts, *referred))
    seal(MANIFEST, write_manifest(manifest), folder / "manifest.sealed")
    found = Wraps(backup_id, tuple(wraps), derivations_of(ring))
    (folder / "wraps.json").write_bytes(write_wraps(found))
    return BackupOnDisk(folder, manifest)


def _manifest(backup_id: str, artifacts: tuple[Artifact, ...]) -> Manifest:
    return Manifest(
        backup_id,
        "orders",
        "7432105551235",
        "orders; \x1b[2J",
        BackupKind.FULL,
        "",
        backup_id,
        0,
        _AT,
        _AT,
        _AT,
        180001,
        180001,
        ArchiveFormat.DIRECTORY,
        "zstd:3",
        artifacts,
        _NOTHING,
    )
