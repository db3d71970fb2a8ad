"""Hand-made backups: all well, one under way, too old, failing, and none yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

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
from core.model.backup_detail import BackupDetail, BackupPlan, PlannedDatabase
from core.model.backup_history import BackupRun, HistoryPage, HistoryRow
from core.model.fingerprint import Fingerprint, TableFingerprint
from core.model.health import Area, Assessment, Health, Severity
from core.model.job import Job, JobKind, JobLog, JobNote, JobOrder, JobState, Progress
from core.model.protection import BackupOverview, BadCopies, KindStorage, RepositoryUse, SuccessRate
from core.model.schedule import PlannedRun, RunState, ScheduleStatus
from core.model.snapshot import Frame, Taken
from core.schedule.sentence import sentence
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


def schedule(
    name: str, kind: str, cron: str, next_at: datetime | None, last_at: datetime
) -> ScheduleStatus:
    """A schedule that did what it should the last time."""
    last = PlannedRun(name, SERVER, last_at, RunState.DONE, last_at, f"job-{name}")
    words = sentence(cron, time_zone="UTC")
    return ScheduleStatus(name, SERVER, kind, cron, words, "UTC", False, next_at, last)


SCHEDULES = (
    schedule("full", "full", "0 2 * * *", LAST_NIGHT + DAY, LAST_NIGHT),
    schedule("incremental", "incremental", "0 9-17 * * 1-5",
             frames.NOW.replace(hour=9, minute=0, second=0) + 2 * DAY,
             frames.NOW.replace(hour=17, minute=0, second=0) - DAY),
    schedule("schema", "schema", "0 3 * * 0", LAST_NIGHT + DAY + HOUR,
             LAST_NIGHT - 6 * DAY + HOUR),
    schedule("archive", "full", "0 1 1 * *",
             LAST_NIGHT.replace(month=4, day=1, hour=1), LAST_NIGHT.replace(day=1, hour=1)),
    schedule("prune", "prune", "30 4 * * *",
             LAST_NIGHT + DAY + 2.5 * HOUR, LAST_NIGHT + 2.5 * HOUR),
    schedule("verify", "verify", "0 5 * * *", LAST_NIGHT + DAY + 3 * HOUR,
             LAST_NIGHT + 3 * HOUR),
)  # fmt: skip
RUNS = tuple(each.last for each in SCHEDULES if each.last is not None)

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


def overview() -> BackupOverview:
    """Two weeks of nights and working hours in two places; one attempt failed and did no harm."""
    kept = [*FULLS, *PARTS, SCHEMA, ARCHIVE]
    return BackupOverview(
        key_name="main",
        copies_wanted=COPIES,
        databases=("orders",),
        objective_seconds=86_400,
        last_good=(FULLS[0],),
        oldest_verification=frames.NOW - 9 * DAY,
        schedules=SCHEDULES,
        runs=RUNS,
        success=(SuccessRate(7, 35, 36), SuccessRate(30, 140, 141)),
        storage=(
            KindStorage(BackupKind.FULL, 15, sum(e.sealed_bytes for e in (*FULLS, ARCHIVE)),
                        sum(e.sealed_bytes for e in FULLS[:7])),
            KindStorage(BackupKind.INCREMENTAL, len(PARTS), sum(e.sealed_bytes for e in PARTS),
                        sum(e.sealed_bytes for e in PARTS)),
            KindStorage(BackupKind.SCHEMA, 1, SCHEMA.sealed_bytes, SCHEMA.sealed_bytes),
        ),
        repositories=(
            RepositoryUse("local", 121 * GIB, 250 * GIB),
            RepositoryUse("offsite", 121 * GIB, 0),
        ),
        history=in_order([*(row(each) for each in kept), BROKEN]),
    )  # fmt: skip


ORDER = JobOrder(JobKind.BACKUP, SERVER, "anna@bastion", {"kind": "full", "database": "orders"})
JOB = Job(
    job_id="20260314T140101Z-5f0c9a21",
    order=ORDER,
    state=JobState.RUNNING,
    progress=Progress("dumping and sealing", 5 * GIB, 8 * GIB, 118 * 1024 * 1024, 26.0),
    host="bastion",
    pid=41_207,
    created_at=frames.seconds_ago(146),
    started_at=frames.seconds_ago(145),
    heartbeat_at=frames.seconds_ago(1),
)
LOG = JobLog(
    JOB,
    (
        JobNote(frames.seconds_ago(145), "preflight: pg_dump 18.1, role pgvigil, 212 GiB staging"),
        JobNote(frames.seconds_ago(141), "snapshot 00000003-0000001B-1 is held"),
        JobNote(frames.seconds_ago(60), "orders.public.events is the largest table: 3.10 GiB"),
    ),
)


def running() -> BackupOverview:
    """A full backup is under way."""
    well = overview()
    begun = HistoryRow(
        frames.seconds_ago(145),
        BackupRun("run-now", "full", "running", frames.seconds_ago(145), None, None, "pending",
                  database="orders", detached_job_id=JOB.job_id),
        None,
    )  # fmt: skip
    return replace(well, jobs=(JOB,), history=in_order([*well.history.rows, begun]))


def trouble() -> BackupOverview:
    """No good backup for three nights: the disk is full, a copy is damaged, a quota is near."""
    well = overview()
    good = replace(
        FULLS[3],
        copies=(
            FULLS[3].copies[0],
            replace(FULLS[3].copies[1], state=CopyState.DAMAGED, level=VerificationLevel.NONE,
                    problem="artifacts/0042.sealed: chunk 17 is not what was sealed"),
        ),
    )  # fmt: skip
    bad = [failed(LAST_NIGHT - days * DAY, "offsite: 503 Slow Down, for 15 min; local: no space"
                  " left on device") for days in range(3)]  # fmt: skip
    older = [
        row(good) if each.entry is FULLS[3] else each
        for each in well.history.rows
        if each.started_at < LAST_NIGHT - 2 * DAY - HOUR
    ]
    late = replace(SCHEDULES[0], last=PlannedRun("full", SERVER, LAST_NIGHT, RunState.FAILED,
                   LAST_NIGHT, "job-full", "failed: no space left on device"))  # fmt: skip
    missed = replace(SCHEDULES[5], last=PlannedRun("verify", SERVER, LAST_NIGHT + 3 * HOUR,
                     RunState.MISSED, why="nobody was there to start it"))  # fmt: skip
    paused = replace(SCHEDULES[1], is_paused=True, next_at=None)
    planned = (late, paused, *SCHEDULES[2:5], missed)
    return replace(
        well,
        last_good=(good,),
        bad_copies=BadCopies((good.copies[1],), 2),
        schedules=planned,
        runs=tuple(each.last for each in planned if each.last is not None),
        success=(SuccessRate(7, 31, 34), SuccessRate(30, 136, 139)),
        repositories=(
            RepositoryUse("local", 243 * GIB, 250 * GIB),
            RepositoryUse("offsite", 212 * GIB, 250 * GIB),
        ),
        history=in_order([*bad, *older]),
    )


def not_yet() -> BackupOverview:
    """All is set up, and nothing was taken."""
    return BackupOverview(
        key_name="main",
        copies_wanted=COPIES,
        objective_seconds=86_400,
        schedules=tuple(replace(each, last=None) for each in SCHEDULES),
        repositories=(RepositoryUse("local", 0, 250 * GIB), RepositoryUse("offsite", 0)),
    )


def with_backups(frame: Frame, backups: BackupOverview) -> Frame:
    """A frame in which this is known of backups."""
    return replace(frame, backups=backups)


def calm() -> Frame:
    """A healthy server with healthy backups."""
    return with_backups(frames.calm(), overview())


def under_way() -> Frame:
    """A healthy server whose backup is being taken."""
    return with_backups(frames.calm(), running())


def incident() -> Frame:
    """Backups have failed for days."""
    late = frames.finding(
        Area.BACKUPS,
        Severity.CRITICAL,
        "The last good backup is 3 d 12 h old",
        trouble().last_good[0].backup_id,
    )
    told = Assessment(Health.CRITICAL, (late,))
    return replace(
        with_backups(frames.calm(), trouble()),
        assessment=Taken(frames.seconds_ago(1), 2, told),
    )


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
