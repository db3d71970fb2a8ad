"""Backups told: lines for people, documents for programs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from core.model.backup import BackupCopy, CatalogEntry, CopyState, Manifest
from tui import figures
from tui.lines import cell_width
from tui.text import one_line

LEFT = "not in the config"
"""What is said of a copy in a repository that the config has no more."""

_HEAD = ("ID", "SERVER", "DATABASE", "TAKEN (UTC)", "SIZE", "VERIFIED", "COPIES", "")


def entry_table(
    entries: Sequence[CatalogEntry], configured: Collection[str] | None = None
) -> Iterator[str]:
    """A line for each backup, below a head; ``configured`` are the repositories of the config."""
    rows = [_HEAD, *(_row(each, configured) for each in entries)]
    widths = [max(cell_width(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        cells = (
            text + " " * (width - cell_width(text)) for text, width in zip(row, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()


def entry_document(
    entry: CatalogEntry, configured: Collection[str] | None = None
) -> dict[str, Any]:
    """One backup for programs; ``configured`` as for ``entry_table``."""
    return {
        "backup_id": entry.backup_id,
        "server": entry.server_id,
        "system_identifier": entry.system_identifier,
        "database": entry.database,
        "kind": entry.kind.value,
        "selection": asdict(entry.selection),
        "parent_id": entry.parent_id or None,
        "chain_id": entry.chain_id,
        "needs": sorted(entry.needs),
        "snapshot_at": entry.snapshot_at.isoformat(),
        "finished_at": entry.finished_at.isoformat(),
        "sealed_bytes": entry.sealed_bytes,
        "plain_bytes": entry.plain_bytes,
        "table_bytes": entry.table_bytes,
        "key_id": entry.key_id or None,
        "good": None if entry.is_unverified else entry.is_good,
        "level": entry.level.name.lower(),
        "kept_because": entry.kept_because or None,
        "expired_at": _moment(entry.expired_at),
        "copies": [
            {
                "repository": copy.repository,
                "state": copy.state.value,
                "level": copy.level.name.lower(),
                "verified_at": _moment(copy.verified_at),
                "problem": copy.problem or None,
                "key_id": entry.key_of(copy) or None,
                "expired_at": _moment(copy.expired_at),
                "configured": None if configured is None else copy.repository in configured,
            }
            for copy in entry.copies
        ],
    }


def backup_document(
    entry: CatalogEntry, manifest: Manifest, configured: Collection[str] | None = None
) -> dict[str, Any]:
    """One backup with what its manifest says, for programs."""
    fingerprint = manifest.fingerprint
    return entry_document(entry, configured) | {
        "generation": manifest.generation,
        "started_at": manifest.started_at.isoformat(),
        "server_version": manifest.server_version,
        "program_version": manifest.program_version,
        "archive_format": manifest.archive_format.value,
        "compression": manifest.compression,
        "host": manifest.host,
        "who": manifest.who,
        "schedule": manifest.schedule or None,
        "notes": list(manifest.notes),
        "warnings": list(manifest.warnings),
        "artifacts": [
            {
                "name": each.name,
                "role": each.role.value,
                "backup_id": each.backup_id,
                "plain_bytes": each.plain_bytes,
                "sealed_bytes": each.sealed_bytes,
                "table": None if each.table is None else [each.table.schema, each.table.name],
            }
            for each in manifest.artifacts
        ],
        "tables": [
            {"schema": each.schema, "name": each.name, "rows": each.rows, "content": each.content}
            for each in fingerprint.tables
        ],
        "extensions": [list(each) for each in fingerprint.extensions],
        "encoding": fingerprint.encoding,
        "collation": fingerprint.collation,
    }


def backup_lines(
    entry: CatalogEntry, manifest: Manifest, configured: Collection[str] | None = None
) -> Iterator[str]:
    """One backup with what its manifest says, for people."""
    version, program = manifest.server_version, manifest.program_version
    took = (manifest.finished_at - manifest.started_at).total_seconds()
    yield f"Backup     {entry.backup_id}"
    yield f"Of         {one_line(entry.server_id)}, database {one_line(entry.database)}"
    if entry.selection.words:
        yield f"Holds      {one_line(entry.selection.words)}"
    yield f"State of   {manifest.snapshot_at:%Y-%m-%d %H:%M:%S} UTC"
    yield f"Taken in   {figures.duration(took)} on {one_line(manifest.host)} by {_who(manifest)}"
    yield f"Size       {figures.size(entry.sealed_bytes)} ({manifest.compression}){_share(entry)}"
    yield (
        f"Server     PostgreSQL {version // 10_000}.{version % 10_000},"
        f" pg_dump {program // 10_000}.{program % 10_000}"
    )
    if manifest.parent_id:
        yield f"Built on   {manifest.parent_id} (step {manifest.generation} of its chain)"
    for ancestor in sorted(manifest.ancestors):
        yield f"Needs      {ancestor}"
    yield f"Key        {', '.join(entry.key_ids) or 'none: not encrypted'}"
    if entry.kept_because:
        yield f"Kept       {one_line(entry.kept_because)}"
    if entry.expired_at:
        yield f"Expired    {entry.expired_at:%Y-%m-%d %H:%M} UTC; to be destroyed after its grace"
    for copy in entry.copies:
        goes = f"; expired {copy.expired_at:%Y-%m-%d %H:%M} UTC" if _goes_alone(copy, entry) else ""
        left = f"; {LEFT}" if _is_left(copy, configured) else ""
        yield f"Copy       {_copy(entry, copy)}{goes}{left}"
    yield from (f"Warning    {one_line(each)}" for each in manifest.warnings)
    yield from (f"Note       {one_line(note)}" for note in manifest.notes)
    rows = [each.rows for each in manifest.fingerprint.tables]
    known = sum(count for count in rows if count is not None)
    yield f"Tables     {len(rows)} with {figures.count(known)} rows"


def _share(entry: CatalogEntry) -> str:
    """What it takes beside what its tables took on the server, where that is known."""
    if entry.share_of_tables is None or entry.table_bytes is None:
        return ""
    tables = figures.size(entry.table_bytes)
    return f", {figures.percent(entry.share_of_tables)} of the {tables} in its tables"


def _row(entry: CatalogEntry, configured: Collection[str] | None) -> tuple[str, ...]:
    return (
        entry.backup_id,
        one_line(entry.server_id),
        one_line(entry.database),
        f"{entry.snapshot_at:%Y-%m-%d %H:%M}",
        figures.size(entry.sealed_bytes),
        _verified(entry),
        ", ".join(
            _short(copy, entry) + (f" ({LEFT})" if _is_left(copy, configured) else "")
            for copy in entry.copies
        )
        or "none",
        _fate(entry),
    )


def _verified(entry: CatalogEntry) -> str:
    if entry.is_closed:
        return "NO KEY OPENS IT"
    if entry.is_unverified:
        return "not verified yet"
    return entry.level.name.lower() if entry.is_good else "NOT GOOD"


def _short(copy: BackupCopy, entry: CatalogEntry) -> str:
    if copy.is_refused:
        return f"{copy.repository} CAN'T BE READ"
    if copy.state is CopyState.COMPLETE:
        return f"{copy.repository} (expired)" if _goes_alone(copy, entry) else copy.repository
    return f"{copy.repository} {copy.state.value.upper()}"


def _is_left(copy: BackupCopy, configured: Collection[str] | None) -> bool:
    return configured is not None and copy.repository not in configured


def _goes_alone(copy: BackupCopy, entry: CatalogEntry) -> bool:
    """Whether it is to be destroyed, and other copies are kept."""
    return copy.expired_at is not None and entry.expired_at is None


def _fate(entry: CatalogEntry) -> str:
    if entry.kept_because:
        return f"kept: {one_line(entry.kept_because)}"
    return f"expired {entry.expired_at:%Y-%m-%d %H:%M}" if entry.expired_at else ""


def _copy(entry: CatalogEntry, copy: BackupCopy) -> str:
    at = f" on {copy.verified_at:%Y-%m-%d %H:%M} UTC" if copy.verified_at else ""
    proven = f"verified: {copy.level.name.lower()}{at}" if copy.level else "not verified"
    problem = f"; {one_line(copy.problem)}" if copy.problem else ""
    key = f", under key {entry.key_of(copy) or 'none'}" if len(entry.key_ids) > 1 else ""
    return f"{copy.repository}: {copy.state.value}, {proven}{key}{problem}"


def _who(manifest: Manifest) -> str:
    schedule = f" (schedule {one_line(manifest.schedule)})" if manifest.schedule else ""
    return one_line(manifest.who) + schedule


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
