"""Catalog entries for tests, in few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.model.backup import (
    BackupCopy,
    BackupKind,
    CatalogEntry,
    CopyState,
    VerificationLevel,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def entry(
    days_old: float,
    *,
    kind: BackupKind = BackupKind.FULL,
    level: VerificationLevel = VerificationLevel.SEALED,
    state: CopyState = CopyState.COMPLETE,
    needs: tuple[str, ...] = (),
    kept_because: str = "",
    expired_days_ago: float | None = None,
    database: str = "orders",
    system_identifier: str = "7",
) -> CatalogEntry:
    """A backup of so many days ago, with one complete copy; its id tells its kind and age."""
    at = NOW - timedelta(days=days_old)
    backup_id = f"{kind.value}-{days_old:g}"
    expired = None if expired_days_ago is None else NOW - timedelta(days=expired_days_ago)
    return CatalogEntry(
        backup_id=backup_id,
        server_id="shop",
        system_identifier=system_identifier,
        database=database,
        kind=kind,
        parent_id=needs[-1] if needs else "",
        chain_id=needs[0] if needs else backup_id,
        needs=frozenset(needs),
        snapshot_at=at,
        finished_at=at,
        sealed_bytes=100,
        plain_bytes=300,
        key_id="k",
        copies=(BackupCopy(backup_id, "local", state, level, at, expired_at=expired),),
        kept_because=kept_because,
    )
