"""What tests of backups on a screen do: take one, have a job run, open the area."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from textual.pilot import Pilot

from core.api.backup_desk import BackupDesk
from core.api.console import ConsoleSession
from core.api.launch import Launch
from core.backup import layout
from core.backup.repository.open import open_repository
from core.backup.repository.protocol import Repository
from core.model.backup import BackupCopy, CopyState, VerificationLevel
from core.model.job import Job, JobKind, JobOrder
from core.store.attempt import AttemptResult, AttemptStatus
from core.store.store import Store
from tests.tui import backup_frames, frames
from tests.tui.pressing import in_area
from tests.tui.recording import SERVER, Recording
from tui.app import ConsoleApp

SIZE = (140, 40)
JOB_ID = "j1"


def in_backups(app: ConsoleApp, *texts: str) -> AbstractAsyncContextManager[Pilot[Any]]:
    """A console that shows its backups, and ``texts`` among them."""
    return in_area(app, "5", *texts, size=SIZE)


def take(store: Store, hours_ago: float = 12, **changes: object) -> str:
    """A backup as its job writes it down; gives its id."""
    at = frames.NOW - timedelta(hours=hours_ago)
    made = backup_frames.entry(at, minutes=12)
    copy = BackupCopy(
        made.backup_id, "local", CopyState.COMPLETE, VerificationLevel.SEALED, made.finished_at
    )
    made = replace(made, copies=(copy,), **changes)  # type: ignore[arg-type]
    store.catalog.add(made, backup_frames.manifest(made))
    begun = store.backup_jobs.begin(SERVER, made.database, made.kind, at)
    details = {"backup_id": made.backup_id}
    result = AttemptResult(AttemptStatus.COMPLETED, made.kind, verified=True, details=details)
    store.backup_jobs.finish(begun, made.finished_at, result)
    return made.backup_id


def repository_with(launch: Launch, *backup_ids: str) -> Repository:
    """The repository of the config, in which these backups stand."""
    local = open_repository("local", launch.settings.repositories["local"])
    for backup_id in backup_ids:
        for path in (layout.manifest_file(SERVER, backup_id), layout.wraps_file(SERVER, backup_id)):
            local.write(path, b"there")
    return local


def begin_job(store: Store) -> None:
    """A full backup of orders runs as the job ``JOB_ID``."""
    order = JobOrder(JobKind.BACKUP, SERVER, "otto@bastion", {"kind": "full", "database": "orders"})
    store.jobs.submit(JOB_ID, order)
    store.jobs.begin(JOB_ID)


def the_job(store: Store) -> Job:
    """The job ``JOB_ID`` as it stands."""
    job = store.jobs.get(JOB_ID)
    assert job is not None
    return job


def starting(recording: Recording, launch: Launch, started: list[JobOrder]) -> ConsoleApp:
    """A console whose jobs are rows of the store alone: no process takes them up."""

    def start(store: Store, launch: Launch, order: JobOrder) -> str:
        started.append(order)
        store.jobs.submit(JOB_ID, order)
        return JOB_ID

    async def opened(launch: Launch) -> ConsoleSession:
        session = await ConsoleSession.open(launch, clock=recording.clock)
        session.backups = BackupDesk(
            launch, session._store, recording.clock, "anna@bastion", session._renew_backups,
            start=start,
        )  # fmt: skip
        return session

    return ConsoleApp(launch, open_session=opened, now=recording.clock.now)
