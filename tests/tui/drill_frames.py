"""Hand-made drills: a year of them that went well, days that went badly, one under way, none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from core.model.drill import (
    Drill,
    DrillKind,
    DrillOverview,
    DrillPhase,
    DrillPick,
    DrillStatus,
    Objectives,
    Seal,
    Trial,
)
from core.model.drill_calendar import Cadence, DrillDay
from core.model.drill_detail import DrillDetail, DrillPlan
from core.model.job import Job, JobKind, JobLog, JobNote, JobOrder, JobState, Progress
from core.model.restore import Check, CheckState, PassedOver
from core.model.snapshot import Frame
from core.restore.drill.calendar import calendar_of
from tests.tui import backup_frames, frames
from tests.tui.backup_frames.schedules import SCHEDULES, schedule

NOW, SERVER = frames.NOW, frames.ENTRY.server_id
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OBJECTIVES = Objectives(rto_seconds=1800.0, rpo_seconds=86_400.0)
SUNDAY = NOW.replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(
    days=(NOW.weekday() + 1) % 7
)
"""When the last drill by schedule began."""
DUE = {"restore": Cadence.WEEK, "sabotage": Cadence.MONTH}
PICKED = backup_frames.FULLS[0]
PARTS = (("prepare", 1.0), ("start a server", 2.5), ("fetch", 140.0), ("definitions", 12.0),
         ("rows", 480.0), ("indexes and constraints", 210.0), ("validate", 95.0),
         ("clean up", 3.0))  # fmt: skip
CHECKS = (
    Check("room", CheckState.OK, "8.40 GiB are needed, 210 GiB are free"),
    Check("roles", CheckState.WARNING, "role reporting is not there: 4 grants are left out",
          "they are made with the roles of the server"),
)  # fmt: skip
TRIALS = (
    Trial("key removed", "the key's file was put out of reach", is_detected=True,
          said="key main is not here", person="bring the key back, or pgvigil key import"),
    Trial("byte flipped", "one byte of artifacts/0042.sealed was changed", is_detected=True,
          said="chunk 17 is not what was sealed", person="restore from another copy"),
)  # fmt: skip


def drill(at: datetime, *, slower: float = 1.0, **changes: object) -> Drill:
    """A restore of last night's backup that was proven within its objectives."""
    phases = tuple(DrillPhase(name, seconds * slower) for name, seconds in PARTS)
    seconds = sum(each.seconds for each in phases[:-1])
    made = Drill(
        drill_id=f"{at:%Y%m%dT%H%M%S}Z-0000000d",
        kind=DrillKind.RESTORE,
        server_id=SERVER,
        who="pgvigil@bastion",
        host="bastion",
        status=DrillStatus.PASSED,
        started_at=at,
        schedule="drill",
        objectives=OBJECTIVES,
        database="orders",
        backup_id=PICKED.backup_id,
        repository="local",
        snapshot_at=PICKED.snapshot_at,
        why="the newest backup; verified with its structure",
        server="PostgreSQL 18.1 of this host",
        finished_at=at + timedelta(seconds=seconds + 3),
        phases=phases,
        rto_seconds=seconds,
        rpo_seconds=4 * 3600.0,
        sealed_bytes=8_400_000_000,
        plain_bytes=8_390_000_000,
        database_bytes=21_000_000_000,
        tables=41,
        rows=81_250_529,
        checks=CHECKS,
        seal=Seal("5f0c", 1042, "9aa1"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def sabotage(at: datetime, **changes: object) -> Drill:
    """Every spoilt copy was seen."""
    made = drill(at, kind=DrillKind.SABOTAGE, schedule="", who="anna@10.0.0.3", trials=TRIALS)
    ended = {"rto_seconds": None, "tables": 0, "phases": made.phases[:1]}
    return replace(made, **{**ended, **changes})  # type: ignore[arg-type]


def known(
    drills: Sequence[Drill], *, older: bool = False, since: datetime | None = None
) -> DrillOverview:
    """What an overview says of these, newest first."""
    over = [each for each in drills if each.finished_at is not None]
    days = [DrillDay(e.finished_at.date(), e.kind.value, e.status.value) for e in over
            if e.finished_at is not None]  # fmt: skip
    proven = [e for e in over if e.kind is DrillKind.RESTORE and e.status.is_proof]
    began = min([each.day for each in days], default=since.date() if since else None)
    return DrillOverview(
        last=tuple(
            {
                (each.kind, each.database): each
                for each in reversed(over)
                if each.status is not DrillStatus.CANCELLED
            }.values()
        ),
        proven_at=proven[0].finished_at if proven else None,
        overdue_seconds=14 * 86_400.0,
        restorable_since=NOW - 30 * DAY,
        proofs=tuple({each.database: each for each in reversed(proven)}.values()),
        listed=tuple(drills),
        older=older,
        objectives=OBJECTIVES,
        calendar=calendar_of(days, DUE, began, NOW.date()),
    )


def weekly(weeks: int) -> list[Drill]:
    """One each Sunday, newest first, as the database grew; each month its sabotage."""
    found = [drill(SUNDAY - week * 7 * DAY, slower=1.0 - week * 0.012) for week in range(weeks)]
    months = range(0, weeks * 7, 30)
    found += [sabotage(SUNDAY - day * DAY + HOUR) for day in months]
    return sorted(found, key=lambda each: each.started_at, reverse=True)


FAILED = drill(
    NOW - 2 * DAY, status=DrillStatus.FAILED, rto_seconds=None, phases=(), tables=0, seal=None,
    problem="artifacts/0042.sealed: chunk 17 is not what was sealed",
    remedy="pgvigil backup verify writes it anew from another copy; then drill once more",
)  # fmt: skip
MISSED = drill(
    NOW - 23 * DAY, slower=2.1, status=DrillStatus.MISSED, rpo_seconds=100_000.0,
)  # fmt: skip
KILLED = drill(
    NOW - 20 * DAY, status=DrillStatus.INTERRUPTED, rto_seconds=None, phases=(), tables=0,
    problem="its process died", who="bob@bastion", schedule="",
)  # fmt: skip
BLIND = sabotage(
    NOW - 45 * DAY, status=DrillStatus.FAILED,
    trials=(*TRIALS[:1], replace(TRIALS[1], is_detected=False, said="nothing")),
)  # fmt: skip
RUNNING = drill(
    NOW - 4 * MINUTE, status=DrillStatus.RUNNING, finished_at=None, rto_seconds=None, phases=(),
    tables=0, who="anna@10.0.0.3", schedule="", seal=None,
)  # fmt: skip
JOB = Job(
    job_id=RUNNING.drill_id,
    order=JobOrder(JobKind.DRILL, SERVER, "anna@10.0.0.3", {"database": "orders"}),
    state=JobState.RUNNING,
    progress=Progress("rows", 5_100_000_000, 8_400_000_000, 24_000_000.0, 137.0),
    host="bastion",
    pid=4711,
    created_at=RUNNING.started_at,
    started_at=RUNNING.started_at,
    heartbeat_at=NOW,
)
NOTES = (JobNote(RUNNING.started_at + MINUTE, "8.40 GB fetched and authenticated"),)
PLANNED = (*SCHEDULES, schedule("drill", "drill", "0 6 * * 0", SUNDAY + 7 * DAY, SUNDAY))


def with_drills(drills: DrillOverview | None, jobs: tuple[Job, ...] = ()) -> Frame:
    """The calm day of the backups, with these drills."""
    frame = backup_frames.calm()
    overview = frame.backups
    assert overview is not None
    schedules = PLANNED if drills is not None else SCHEDULES
    return replace(frame, backups=replace(overview, drills=drills, jobs=jobs, schedules=schedules))


def none_done() -> Frame:
    """All is set up, and no drill was done."""
    return with_drills(known((), since=NOW - 40 * DAY))


def none_planned() -> Frame:
    """None was ever done, and none happens by itself."""
    return with_drills(None)


def one() -> Frame:
    """The first one was done."""
    return with_drills(known(weekly(1)[1:]))


def well() -> Frame:
    """A year of drills."""
    return with_drills(known(weekly(40)))


def hundred() -> Frame:
    """More than are listed."""
    return with_drills(known(weekly(86)[:100], older=True))


def trouble() -> Frame:
    """The last one failed, and it is long ago that one proved anything."""
    return with_drills(known((FAILED, KILLED, MISSED, BLIND, *weekly(12)[8:])))


def under_way() -> Frame:
    """One runs."""
    return with_drills(known((RUNNING, *weekly(40))), (JOB,))


class Drills:
    """Speaks as ``DrillDesk`` does, of the drills of a frame; keeps what it was asked to do."""

    def __init__(self, live: Frame, refusals: tuple[str, ...] = ()) -> None:
        self._live = live
        self._refusals = refusals
        self.written: list[str] = []

    async def plan(self, server_id: str, kind: DrillKind) -> DrillPlan:
        return DrillPlan(
            order=JobOrder(JobKind.DRILL, server_id, "anna@10.0.0.3", {"kind": kind.value}),
            kind=kind,
            pick=DrillPick.NEWEST,
            objectives=OBJECTIVES,
            database="orders",
            of=14,
            backup_id=PICKED.backup_id,
            repository="local",
            snapshot_at=PICKED.snapshot_at,
            sealed_bytes=PICKED.sealed_bytes,
            why="the newest backup; verified with its structure",
            passed_over=(PassedOver("20260314-0400-incr", "", "the copy is damaged: a byte"),),
            seconds=940.0,
            refusals=self._refusals,
        )

    async def detail(self, drill_id: str) -> DrillDetail | None:
        overview = self._live.backups
        drills = overview.drills if overview is not None else None
        listed = drills.listed if drills is not None else ()
        found = next((each for each in listed if each.drill_id == drill_id), None)
        if found is None:
            return None
        if not found.status.is_over:
            return DrillDetail(found, JobLog(JOB, NOTES))
        broken = "" if found.seal is not None else "it was never sealed"
        return DrillDetail(found, None, broken, tuple(self.written))

    async def write_report(self, of: Drill) -> tuple[Path, ...]:
        self.written = [f"/var/lib/pgvigil/reports/drill-{of.drill_id}.html"]
        return (Path(self.written[0]),)
