"""The job that does a drill: picked, done, measured, sealed, and written down whatever came."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from core.backup.progress import JobReporter
from core.backup.proofs import note_proof
from core.config.settings import Settings
from core.errors import CancelledError, PgvigilError, RestoreError, StoreError
from core.model.differences import differences_told
from core.model.drill import Drill, DrillKind, DrillPhase, DrillPick, DrillStatus
from core.model.job import Job, JobOrder
from core.model.restore import SCRATCH_SERVER, TargetKind
from core.model.restore_operation import PhaseTime, RestoreOperation, RestoreStatus, Verdict
from core.restore.drill.objectives import objectives_of
from core.restore.drill.pick import pick_backup, recovery_point_seconds
from core.restore.drill.proving import prove
from core.restore.drill.sabotage.run import sabotage
from core.restore.drill.seal import sealed
from core.restore.drill.timed import TimedReporter
from core.restore.scratch.kept import clear_dead as clear_dead_scratch
from core.store.local import host_name
from core.store.store import Store

KIND, PICK, BACKUP, DATABASE = "kind", "pick", "backup", "database"
"""Arguments of a job's order: the kind of drill, what is picked, and what a person chose."""

_BEGUN = "begin a drill"
_DIFFERENCES_TOLD = 3


def run_drill_job(store: Store, settings: Settings, order: JobOrder, reporter: JobReporter) -> str:
    """Do the drill that was ordered; one sentence of what came of it.

    Raises:
        RestoreError: the restore failed or is not equal, or an act of sabotage was not seen.
        BackupError: the backup can't be restored from, or there is none.
        CancelledError: a person cancelled the job.
        StoreError: the store can't be used.
    """
    ordered_at, waited = _ordered(store, reporter.job_id)
    drill = drill_of(reporter.job_id, order, settings, ordered_at)
    store.drills.save(drill)
    begun = {"drill": drill.drill_id, "kind": drill.kind.value, "host": drill.host}
    store.audit.append(drill.who, _BEGUN, f"server {drill.server_id}", begun)
    noted = _Noted(store, drill)
    timed = TimedReporter(reporter, waited_seconds=waited, noted=noted.phases)
    try:
        drill = _done(noted, store, settings, timed)
    except CancelledError:
        _end(noted, timed, DrillStatus.CANCELLED, "cancelled; nothing of it is left", "")
        raise
    except PgvigilError as error:
        why = f"{error.what}: {error.why}" if error.why else error.what
        _end(noted, timed, DrillStatus.FAILED, why, error.remedy)
        raise
    noted.close()
    _written(drill, store, settings, timed)
    return _told(drill)


def _ordered(store: Store, job_id: str) -> tuple[datetime, float]:
    """When the drill was ordered, from when on its time counts, and how long it waited since."""
    job = store.jobs.get(job_id)
    if job is None:
        return datetime.now(UTC), 0.0
    began = job.started_at or job.created_at  # both by the store's clock
    return job.created_at, max(0.0, (began - job.created_at).total_seconds())


def drill_of(drill_id: str, order: JobOrder, settings: Settings, at: datetime) -> Drill:
    """An order as the drill that it becomes."""
    arguments, wanted = order.arguments, settings.drill
    return Drill(
        drill_id=drill_id,
        kind=DrillKind(arguments.get(KIND) or DrillKind.RESTORE),
        server_id=order.server_id,
        who=order.who,
        host=host_name(),
        status=DrillStatus.RUNNING,
        started_at=at,
        schedule=order.schedule,
        pick=DrillPick(arguments.get(PICK) or wanted.pick),
        objectives=objectives_of(wanted),
        database=arguments.get(DATABASE, ""),
        backup_id=arguments.get(BACKUP, ""),
    )


def note_death(store: Store, settings: Settings, job: Job, why: str, now: datetime) -> None:
    """Have the history tell of a drill whose process died, and take away what it left.

    Its record is sealed as far as it had come.

    Raises:
        StoreError: the store can't be written to.
    """
    drill = store.drills.get(job.job_id)
    if drill is None:
        drill = drill_of(job.job_id, job.order, settings, job.created_at)
    if not drill.status.is_over:
        status = DrillStatus.INTERRUPTED
        drill = replace(drill, status=status, finished_at=now, problem=why)
        store.drills.save(sealed(drill, store))
    clear_dead_scratch(store, settings)


class _Noted:
    """The drill as it stands, which is what the store has until its record is sealed."""

    def __init__(self, store: Store, drill: Drill) -> None:
        self.store = store
        self.drill = drill
        self._is_open = True

    def close(self) -> None:
        """What the store gets from now on is sealed: no phase may overwrite it."""
        self._is_open = False

    def __call__(self, drill: Drill) -> None:
        self.drill = drill
        self.store.drills.save(drill)

    def phases(self, over: tuple[DrillPhase, ...]) -> None:
        """So far it has come: what is known of it where its process dies."""
        if not self._is_open:
            return
        self.drill = replace(self.drill, phases=over)
        with suppress(StoreError):  # the next one tells of this one, too
            self.store.drills.save(self.drill)


def _done(noted: _Noted, store: Store, settings: Settings, timed: TimedReporter) -> Drill:
    drill = noted.drill
    entries = store.catalog.entries(drill.server_id)
    if drill.backup_id:
        entry = store.catalog.get(drill.backup_id)
        drill = replace(drill, database=entry.database if entry else "", why="it was chosen")
    else:
        picked = pick_backup(
            entries,
            drill.pick,
            database=drill.database,
            tried_at=store.drills.tried_at(drill.server_id, drill.kind, until=datetime.now(UTC)),
            choice=random.SystemRandom().choice,
        )
        drill = replace(drill, database=picked.database, backup_id=picked.backup_id, why=picked.why)
    drill = replace(
        drill, rpo_seconds=recovery_point_seconds(entries, drill.database, drill.started_at)
    )
    noted(drill)
    if drill.kind is DrillKind.SABOTAGE:
        return sabotage(drill, store, settings, timed, noted)
    return prove(drill, store, settings, timed, noted)


def _written(drill: Drill, store: Store, settings: Settings, reporter: JobReporter) -> None:
    """Seal it; a proof raises the level of the copy that was restored."""
    now = datetime.now(UTC)
    store.drills.save(sealed(replace(drill, finished_at=now), store))
    if drill.kind is DrillKind.RESTORE:
        _note_restore(drill, store, now)
    if drill.kind is DrillKind.RESTORE and drill.status.is_proof:
        backup_id, place = drill.backup_id, drill.repository
        note_proof(store.catalog, settings, backup_id, place, now=now, reporter=reporter)
    if drill.status is DrillStatus.FAILED:
        raise RestoreError(_told(drill), why=drill.problem, remedy=drill.remedy)


def _note_restore(drill: Drill, store: Store, now: datetime) -> None:
    """A drill that came to its comparison is a restore, too, for whoever looks when was one."""
    operation = RestoreOperation(
        operation_id=drill.drill_id,
        server_id=drill.server_id,
        database=drill.database,
        backup_id=drill.backup_id,
        repository=drill.repository,
        what="everything, for a drill",
        target=TargetKind.SCRATCH,
        target_server=SCRATCH_SERVER,
        target_database=drill.database,
        who=drill.who,
        status=RestoreStatus.RUNNING,
        created_at=drill.started_at,
        phases=tuple(PhaseTime(e.name, None, e.seconds) for e in drill.phases),
        fetch_bytes=drill.sealed_bytes,
        staged_bytes=drill.plain_bytes,
    )
    store.restore_operations.begin(operation)
    store.restore_operations.finish(
        drill.drill_id,
        now,
        RestoreStatus.COMPLETED,
        verdict=Verdict.PROVEN if drill.status.is_proof else Verdict.DIFFERENCES,
        differences=drill.differences,
    )


def _end(
    noted: _Noted, timed: TimedReporter, status: DrillStatus, problem: str, remedy: str
) -> None:
    timed.end()
    noted.close()
    drill = replace(
        noted.drill,
        status=status,
        finished_at=datetime.now(UTC),
        phases=timed.over,
        problem=problem,
        remedy=remedy,
    )
    with suppress(StoreError):  # the job's own row tells it too
        noted(sealed(drill, noted.store))


def _told(drill: Drill) -> str:
    if drill.kind is DrillKind.SABOTAGE:
        seen = len(drill.trials) - len(drill.undetected)
        return f"{seen} of {len(drill.trials)} acts of sabotage on copies of {drill.backup_id} seen"
    what = f"backup {drill.backup_id} of {drill.database}"
    if drill.differences:
        listed = "; ".join(drill.differences[:_DIFFERENCES_TOLD])
        return f"{what} was restored with {differences_told(drill.differences)}: {listed}"
    proven = f"{what} restores, proven: {drill.tables:,} tables, {drill.rows:,} rows as they were"
    took = f"in {drill.rto_seconds or 0.0:.0f} s"
    if drill.missed:
        return f"{proven} {took}; missed: {', '.join(drill.missed)}"
    return f"{proven} {took}"
