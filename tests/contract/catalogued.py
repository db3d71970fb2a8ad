"""Backups for a catalog."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

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
from core.model.fingerprint import Fingerprint, SequenceValue, TableFingerprint
from tests.expiry import expired

AT = datetime(2026, 11, 21, 2, 0, 0, 123_456, tzinfo=UTC)
FULL = "20261121T020000Z-full-00000001"
CHILD = "20261121T030000Z-incremental-00000002"


def entry(backup_id: str = FULL, **changes: object) -> CatalogEntry:
    """A full backup of the shop."""
    made = CatalogEntry(
        backup_id=backup_id,
        server_id="shop",
        system_identifier="7301234567890123456",
        database="orders",
        kind=BackupKind.FULL,
        parent_id="",
        chain_id=backup_id,
        needs=frozenset(),
        snapshot_at=AT,
        finished_at=AT + timedelta(minutes=4),
        sealed_bytes=12_345_678_901,
        plain_bytes=98_765_432_109,
        table_bytes=987_654_321_098,
        key_id="00aa11bb22cc33dd",
    )
    expired_at = changes.pop("expired_at", None)
    made = replace(made, **changes)  # type: ignore[arg-type]
    return expired(made, expired_at) if isinstance(expired_at, datetime) else made


def copy(
    repository: str = "local",
    backup_id: str = FULL,
    state: CopyState = CopyState.COMPLETE,
    level: VerificationLevel = VerificationLevel.SEALED,
    at: datetime | None = AT,
    problem: str = "",
) -> BackupCopy:
    """A copy that is complete and sealed."""
    return BackupCopy(backup_id, repository, state, level, at, problem)


def manifest() -> Manifest:
    """The manifest of the full backup."""
    table = TableName("public", "ordérs\u2028")
    return Manifest(
        backup_id=FULL,
        server_id="shop",
        system_identifier="7301234567890123456",
        database="orders",
        kind=BackupKind.FULL,
        parent_id="",
        chain_id=FULL,
        generation=0,
        started_at=AT,
        snapshot_at=AT,
        finished_at=AT,
        server_version=180001,
        program_version=180001,
        archive_format=ArchiveFormat.DIRECTORY,
        compression="zstd:3",
        artifacts=(
            Artifact("a0001", ArtifactRole.TABLE_DATA, FULL, "1.dat", 10, 99, "ff" * 32, table),
        ),
        fingerprint=Fingerprint(
            seeds=(1, 2),
            tables=(TableFingerprint("public", "ordérs\u2028", 3, "c", "d"),),
            sequences=(SequenceValue("public", "s", None, is_called=False),),
            schema="s",
            large_objects="",
            extensions=(("plpgsql", "1.0"),),
            roles=("anna",),
            encoding="UTF8",
            collation="C",
            locale_provider="c",
        ),
    )
