"""Attempts at backups, and what they left: two weeks of nights and working hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.model.backup import (
    BackupCopy,
    BackupKind,
    CatalogEntry,
    CopyState,
    VerificationLevel,
)
from core.model.backup_history import BackupRun, HistoryPage, HistoryRow
from tests.tui import frames

GIB = 1 << 30
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LAST_NIGHT = frames.NOW.replace(hour=2, minute=0, second=0)
KEY = "00aa11bb22cc33dd"
COPIES = ("local", "offsite")
SERVER = frames.ENTRY.server_id


def backup_id(at: datetime, kind: BackupKind, number: int = 0) -> str:
    """The id of a backup that began then."""
    return f"{at:%Y%m%dT%H%M%SZ}-{kind.value}-{number:08x}"


def entry(
    at: datetime,
    kind: BackupKind = BackupKind.FULL,
    *,
    sealed: int = 8 * GIB,
    minutes: float = 12,
    copies: tuple[BackupCopy, ...] | None = None,
    level: VerificationLevel = VerificationLevel.STRUCTURE,
    **changes: object,
) -> CatalogEntry:
    """A backup with two sound copies."""
    named = backup_id(at, kind)
    ended = at + timedelta(minutes=minutes)
    made = CatalogEntry(
        backup_id=named,
        server_id=SERVER,
        system_identifier="7441234567890123456",
        database="orders",
        kind=kind,
        parent_id="",
        chain_id=named,
        needs=frozenset(),
        snapshot_at=at,
        finished_at=ended,
        sealed_bytes=sealed,
        plain_bytes=sealed,
        table_bytes=0 if kind is BackupKind.SCHEMA else 38 * GIB,
        key_id=KEY,
        copies=tuple(BackupCopy(named, each, CopyState.COMPLETE, level, ended) for each in COPIES)
        if copies is None
        else copies,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def row(of: CatalogEntry) -> HistoryRow:
    """The attempt that left a backup."""
    run = BackupRun(
        job_id=f"run-{of.backup_id}",
        kind=of.kind.value,
        status="completed",
        started_at=of.snapshot_at,
        completed_at=of.finished_at,
        size_bytes=of.sealed_bytes,
        verification="verified",
        database=of.database,
        backup_id=of.backup_id,
        detached_job_id=f"job-{of.backup_id}",
    )
    return HistoryRow(run.started_at, run, of)


def failed(at: datetime, error: str, status: str = "failed", kind: str = "full") -> HistoryRow:
    """An attempt that left nothing."""
    named = f"run-{at:%d%H%M}"
    run = BackupRun(
        named, kind, status, at, at + timedelta(minutes=3), None, "none", error, "orders",
        detached_job_id=f"job-{named}",
    )  # fmt: skip
    return HistoryRow(at, run, None)


FULLS = tuple(entry(LAST_NIGHT - days * DAY, sealed=(8 * 64 - days) * GIB // 64)
              for days in range(14))  # fmt: skip


def incremental(days_ago: int, hour: int) -> CatalogEntry:
    """One of the working hours."""
    at = (frames.NOW - days_ago * DAY).replace(hour=hour, minute=0, second=0)
    parent = FULLS[days_ago]
    return entry(
        at, BackupKind.INCREMENTAL, sealed=(hour % 5 + 2) * 40_000_000, minutes=0.9,
        level=VerificationLevel.SEALED, parent_id=parent.backup_id, chain_id=parent.backup_id,
        needs=frozenset({parent.backup_id}),
    )  # fmt: skip


PARTS = tuple(incremental(days, hour) for days in (1, 2, 3) for hour in range(17, 8, -1))
SCHEMA = entry(LAST_NIGHT - 6 * DAY + HOUR, BackupKind.SCHEMA, sealed=310_000, minutes=0.1)
ARCHIVE = entry(
    LAST_NIGHT.replace(day=1, hour=1), sealed=7 * GIB, kept_because="archive", minutes=11
)
BROKEN = failed(LAST_NIGHT - 5 * DAY - HOUR, "the disk of staging is full", kind="schema")


def in_order(rows: list[HistoryRow]) -> HistoryPage:
    """The newest first."""
    return HistoryPage(
        tuple(sorted(rows, key=lambda each: each.started_at, reverse=True)), older=False
    )
