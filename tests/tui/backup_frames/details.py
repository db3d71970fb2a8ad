"""All that is known of one backup, and what a next one would do."""

from __future__ import annotations

from dataclasses import replace

from core.model.backup import (
    ArchiveFormat,
    Artifact,
    ArtifactRole,
    BackupKind,
    CatalogEntry,
    Manifest,
    TableName,
)
from core.model.backup_detail import BackupDetail, BackupPlan, PlannedDatabase
from core.model.fingerprint import Fingerprint, TableFingerprint
from core.model.job import JobLog, JobNote, JobState
from tests.tui.backup_frames.attempts import COPIES, FULLS, GIB, KEY, PARTS, SERVER, row
from tests.tui.backup_frames.jobs import JOB, ORDER


def manifest(of: CatalogEntry) -> Manifest:
    """Of three tables."""
    names = ("events", "orders", "users")
    tables = tuple(
        TableFingerprint("public", name, rows, f"{rows:016x}{rows * 7:016x}", f"{rows:08x}")
        for name, rows in zip(names, (48_201_733, 3_120_044, 88_120), strict=True)
    )
    artifacts = (
        Artifact("toc", ArtifactRole.TABLE_OF_CONTENTS, of.backup_id, "toc.dat", 80_000, 40_000,
                 "a1"),
        *(
            Artifact(f"data-{name}", ArtifactRole.TABLE_DATA, of.backup_id, f"{n}.dat.zst",
                     GIB * (3 - n), GIB * (3 - n), "a1", TableName("public", name))
            for n, name in enumerate(names)
        ),
        Artifact("globals", ArtifactRole.GLOBALS, of.backup_id, "globals.sql", 900, 980, "a1"),
    )  # fmt: skip
    return Manifest(
        backup_id=of.backup_id,
        server_id=SERVER,
        system_identifier=of.system_identifier,
        database=of.database,
        kind=of.kind,
        parent_id=of.parent_id,
        chain_id=of.chain_id,
        generation=0,
        started_at=of.snapshot_at,
        snapshot_at=of.snapshot_at,
        finished_at=of.finished_at,
        server_version=180_001,
        program_version=180_001,
        archive_format=ArchiveFormat.DIRECTORY,
        compression="zstd:3",
        artifacts=artifacts,
        fingerprint=Fingerprint(
            (1, 2), tables, (), "5c0e9f21aa00", "", (("plpgsql", "1.0"), ("pgcrypto", "1.4")),
            ("app", "report"), "UTF8", "C C C.UTF-8", "b",
        ),
        host="bastion",
        who="schedule full",
        schedule="full",
    )  # fmt: skip


def detail(of: CatalogEntry) -> BackupDetail:
    """All that is known of a backup of these."""
    parents = tuple(each for each in FULLS if each.backup_id in of.needs)
    children = tuple(each.backup_id for each in PARTS if of.backup_id in each.needs)
    done = replace(
        JOB, job_id=f"job-{of.backup_id}", state=JobState.DONE, finished_at=of.finished_at
    )
    notes = (JobNote(of.snapshot_at, "preflight: pg_dump 18.1, role pgvigil"),
             JobNote(of.finished_at, "committed in local, offsite"))  # fmt: skip
    return BackupDetail(of, manifest(of), parents, children, JobLog(done, notes), row(of).run)


def plan(kind: BackupKind = BackupKind.FULL) -> BackupPlan:
    """A backup as the last one of its kind."""
    return BackupPlan(
        order=ORDER,
        kind=kind,
        databases=(PlannedDatabase("orders", 8 * GIB, 720.0),),
        copies=COPIES,
        key_name="main",
        key_id=KEY,
        staging="/var/lib/pgvigil/staging",
    )
