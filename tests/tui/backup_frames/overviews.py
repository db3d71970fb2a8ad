"""What is known of a server's backups: all well, one under way, trouble, none yet."""

from __future__ import annotations

from dataclasses import replace

from core.model.backup import BackupKind, CopyState, VerificationLevel
from core.model.backup_history import BackupRun, HistoryRow
from core.model.protection import BackupOverview, BadCopies, KindStorage, RepositoryUse, SuccessRate
from core.model.schedule import PlannedRun, RunState
from tests.tui import frames
from tests.tui.backup_frames.attempts import (
    ARCHIVE,
    BROKEN,
    COPIES,
    DAY,
    FULLS,
    GIB,
    HOUR,
    LAST_NIGHT,
    PARTS,
    SCHEMA,
    SERVER,
    failed,
    in_order,
    row,
)
from tests.tui.backup_frames.jobs import JOB
from tests.tui.backup_frames.schedules import RUNS, SCHEDULES


def overview() -> BackupOverview:
    """Two weeks of nights and working hours in two places; one attempt failed and did no harm."""
    kept = [*FULLS, *PARTS, SCHEMA, ARCHIVE]
    return BackupOverview(
        key_name="main",
        copies_wanted=COPIES,
        configured=COPIES,
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
        configured=COPIES,
        objective_seconds=86_400,
        schedules=tuple(replace(each, last=None) for each in SCHEDULES),
        repositories=(RepositoryUse("local", 0, 250 * GIB), RepositoryUse("offsite", 0)),
    )
