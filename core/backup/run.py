"""A backup job: each database that it is about, one after another, and what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from core.backup.backup_job import BackupJob
from core.backup.databases import ChosenDatabases, databases_of
from core.backup.keys.confirmation import require_confirmed
from core.backup.keys.records import note_key, ring_of
from core.backup.keys.ring import KeyRing
from core.backup.mending import mend
from core.backup.one_database import OneDatabase
from core.backup.ordered import asked_for, foreseen, server_of
from core.backup.progress import JobReporter, OneOfSeveral
from core.backup.result import BackupResult, TakenBackup
from core.backup.staged_runs import clear_dead, state_in
from core.backup.staging import folder_of_state, staging_root
from core.clock import Clock, SystemClock
from core.config.settings import Settings
from core.errors import BackupError, CancelledError, PgvigilError, StoreError
from core.model.job import JobOrder
from core.postgres.target import Target
from core.store.store import Store


def run_backup_job(store: Store, settings: Settings, order: JobOrder, reporter: JobReporter) -> str:
    """Take the backups that ``order`` asks for; gives a sentence of what came of them.

    ``order.arguments`` may have: ``kind``; ``database`` (``all``: every one); ``databases``,
    ``schemas``, ``tables`` and ``copies``, each a list in JSON; ``keep``, a reason.

    Raises:
        BackupError: one could not be taken; the others were.
        ConfigError: the config does not say enough.
        CancelledError: a person cancelled the job.
    """
    results = take_backups(store, settings, order, reporter)
    failed = [result for result in results if result.error is not None]
    if not failed:
        return "; ".join(result.sentence for result in results)
    first = failed[0].error
    if first is not None and len(results) == 1:
        raise first
    raise BackupError(
        f"{len(failed)} of {len(results)} databases could not be backed up",
        why="; ".join(
            f"{each.database}: {each.error.what} ({each.error.why})"
            for each in failed
            if each.error
        ),
        remedy=first.remedy if first else "",
    )


def take_backups(
    store: Store,
    settings: Settings,
    order: JobOrder,
    reporter: JobReporter,
    *,
    state_folder: Path | None = None,
    clock: Clock | None = None,
) -> tuple[BackupResult, ...]:
    """Take the backups that ``order`` asks for; one that fails does not keep the others from it.

    Raises:
        ConfigError: the config does not say enough.
        BackupError: nothing could be begun: no key, no repository, no server.
        CancelledError: a person cancelled the job.
        StoreError: the store can't be used.
    """
    asked = asked_for(order, settings)
    job = BackupJob(
        store=store,
        settings=settings,
        order=order,
        reporter=reporter,
        asked=asked,
        state_folder=state_folder or folder_of_state(store),
        clock=clock or SystemClock(),
    )
    return _run(job)


def _run(job: BackupJob) -> tuple[BackupResult, ...]:
    """Each database in turn."""
    began = job.clock.now()
    try:
        ring, root, target, chosen = _prepared(job)
    except (CancelledError, StoreError):
        raise
    except PgvigilError as error:
        for name in foreseen(job.asked):  # who counts failures counts these too
            job.attempt(name, at=began).failed(error)
        raise
    results = [_closed(job, name, error, began) for name, error in chosen.closed]
    count = len(chosen.names)
    for sentence in chosen.left_out:
        job.reporter.note(sentence)
    for number, name in enumerate(chosen.names, start=1):
        several = OneOfSeveral(job.reporter, name, number, count)
        part = replace(job, reporter=several) if count > 1 else job
        result = OneDatabase(part, name, target.with_database(name), ring, root).back_up()
        if number == count:
            result = replace(result, notes=(*result.notes, *chosen.left_out))
        results.append(result)
        job.reporter.note(result.sentence)
    _mend(job, [result.taken for result in results if result.taken is not None])
    return tuple(results)


def _prepared(job: BackupJob) -> tuple[KeyRing, Path, Target, ChosenDatabases]:
    """The key, the staging folder, the server and its databases, when all is there."""
    settings, keys = job.settings, job.store.backup_keys
    ring = ring_of(settings, keys.all())
    require_confirmed(ring, settings.encryption, keys)
    note_key(keys, ring, settings.encryption.key)
    root = staging_root(settings.backup, job.state_folder)
    for sentence in clear_dead(root, settings, state_in(job.store)):
        job.reporter.note(sentence)
    server = job.order.server_id
    target = Target.from_settings(server, server_of(settings, server))
    chosen = databases_of(target, job.asked.databases, settings.backup, settings.dump)
    return ring, root, target, chosen


def _closed(job: BackupJob, database: str, error: PgvigilError, began: datetime) -> BackupResult:
    """One that can't be backed up: told as one that failed."""
    job.attempt(database, at=began).failed(error)
    result = BackupResult(database, error=error)
    job.reporter.note(result.sentence)
    return result


def _mend(job: BackupJob, taken: Sequence[TakenBackup]) -> None:
    """Put copies of earlier backups right, where the repositories work."""
    failed = {name for each in taken for name, _ in each.problems}
    if not taken:
        return
    for sentence in mend(
        job.store,
        job.settings,
        job.order.server_id,
        repositories=[name for name in job.asked.copies if name not in failed],
        failed=failed,
        fresh={each.manifest.backup_id for each in taken},
        who=job.order.who,
        reporter=job.reporter,
        now=job.clock.now,
    ):
        job.reporter.note(sentence)
