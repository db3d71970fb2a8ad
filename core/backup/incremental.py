"""Which tables an incremental backup need not dump again: those whose content is their parent's.

It is decided by content and definition alone, never by the server's counters of changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from core.model.backup import (
    ArchiveFormat,
    Artifact,
    ArtifactRole,
    BackupKind,
    Manifest,
    Selection,
    TableName,
)
from core.model.fingerprint import Fingerprint, TableFingerprint


@dataclass(frozen=True, slots=True)
class NextBackup:
    """What is known of a backup before it is dumped."""

    system_identifier: str
    database: str
    server_version: int
    program_version: int
    archive_format: ArchiveFormat
    compression: str
    fingerprint: Fingerprint
    selection: Selection = field(default_factory=Selection)


@dataclass(frozen=True, slots=True)
class Choice:
    """Full or incremental, which tables' artifacts are the parent's, and why."""

    kind: BackupKind
    unchanged: dict[TableName, Artifact]
    reason: str


def choose(parent: Manifest | None, coming: NextBackup, *, longest_chain: int) -> Choice:
    """How the ``coming`` backup is taken after ``parent``, the newest good one of its chain.

    A table is unchanged where its rows, its content's hash and its definition are the parent's, and
    the parent names an artifact with its rows. ``longest_chain`` is how many incremental backups
    may follow a full one.
    """
    reason = _against(parent, coming, longest_chain)
    if parent is None or reason:
        return Choice(BackupKind.FULL, {}, reason)
    unchanged = _unchanged(parent, coming.fingerprint)
    if not unchanged:
        return Choice(BackupKind.FULL, {}, "every table has changed since the last backup")
    tables = len(coming.fingerprint.tables)
    return Choice(
        BackupKind.INCREMENTAL,
        unchanged,
        f"{tables - len(unchanged)} of {tables} tables have changed since {parent.backup_id}",
    )


def _against(parent: Manifest | None, coming: NextBackup, longest_chain: int) -> str:
    """Why an incremental backup can't follow ``parent``; empty where it can."""
    if parent is None:
        return "there is no earlier backup that is good"
    if parent.generation + 1 > longest_chain:
        return f"the chain has its {longest_chain} incremental backups"
    before, after = parent.fingerprint, coming.fingerprint
    obstacles = (
        (parent.kind not in {BackupKind.FULL, BackupKind.INCREMENTAL}, "is not of everything"),
        (parent.system_identifier != coming.system_identifier, "is of another server"),
        (parent.database != coming.database, "is of another database"),
        (parent.selection != coming.selection, "chose other schemas or tables"),
        (
            ArchiveFormat.CUSTOM in {parent.archive_format, coming.archive_format},
            "or this one is a single stream, whose parts can't be referred to",
        ),
        (
            parent.server_version // 10_000 != coming.server_version // 10_000,
            "is of another major version of the server",
        ),
        (
            parent.program_version // 10_000 != coming.program_version // 10_000,
            "was taken by another major version of pg_dump",
        ),
        (
            _algorithm(parent.compression) != _algorithm(coming.compression),
            "is compressed otherwise",
        ),
        (
            (before.seeds, before.recipe) != (after.seeds, after.recipe),
            "was hashed with other seeds, or by an earlier recipe",
        ),
        (
            (before.encoding, before.collation, before.locale_provider)
            != (after.encoding, after.collation, after.locale_provider),
            "has another encoding or collation",
        ),
    )
    return next((f"the last backup {words}" for there, words in obstacles if there), "")


def _unchanged(parent: Manifest, after: Fingerprint) -> dict[TableName, Artifact]:
    artifacts = {
        artifact.table: artifact
        for artifact in parent.artifacts
        if artifact.role is ArtifactRole.TABLE_DATA and artifact.table is not None
    }
    before = {TableName(each.schema, each.name): each for each in parent.fingerprint.tables}
    unchanged = {}
    for each in after.tables:
        name = TableName(each.schema, each.name)
        if name in artifacts and name in before and _is_same(before[name], each):
            unchanged[name] = artifacts[name]
    return unchanged


def _is_same(before: TableFingerprint, after: TableFingerprint) -> bool:
    """Whether both are the same; what was not hashed is not known to be."""
    return bool(after.content and after.definition) and before == after


def _algorithm(compression: str) -> str:
    return compression.partition(":")[0]
