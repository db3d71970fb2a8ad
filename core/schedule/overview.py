"""What is known of a server's backups: from the store, and from the settings that it is held to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.backup.clocks import clock_gap
from core.config.backup_settings import EVERY_DATABASE
from core.config.dsn import parameters_of
from core.config.encryption_settings import KeySettings
from core.config.key_places import secret_file
from core.config.schedules import schedules_of
from core.config.settings import Settings
from core.model.backup_lack import WHOLE_KINDS
from core.model.job import Job, JobKind, JobState
from core.model.protection import (
    AbsentKey,
    BackupOverview,
    HistoryPage,
    HistoryRow,
    LostKey,
    SetUpStep,
)
from core.schedule.statuses import statuses

if TYPE_CHECKING:
    from core.store.store import Store

HISTORY_LISTED = 60
RUNS_LISTED = 60
JOBS_LOOKED_AT = 200
RATE_DAYS = (7, 30)
EVERY_SERVER = ""
"""The server of a job that is about all of them."""
_HEAVY_EVERY = 30
"""Sums over the whole catalog are made anew at every so many-th look, when a job begins or ends,
and when one of the backups that are listed has changed."""


class Overviews:
    """One server's overview, read again and again: what did not change costs next to nothing.

    Jobs under way are looked for each time; the rest when one of them began or ended, and every
    ``engine.backups_seconds``.
    """

    def __init__(self, settings: Settings, server_id: str) -> None:
        self._settings = settings
        self._server_id = server_id
        self._last: BackupOverview | None = None
        self._states: dict[str, JobState] = {}
        self._ended: frozenset[str] = frozenset()
        self._read_at = float("-inf")
        self._looks = 0

    def forget(self) -> None:
        """Read all of it the next time: somebody here changed something."""
        self._read_at = float("-inf")
        self._looks = 0

    def read(self, store: Store, now: datetime, monotonic: float) -> BackupOverview:
        """The overview at ``now``: the same object as before where nothing in it changed.

        Raises:
            StoreError: the store can't be read.
        """
        jobs = tuple(
            job
            for job in store.jobs.under_way()
            if job.order.server_id in {self._server_id, EVERY_SERVER}
        )
        states = {job.job_id: job.state for job in jobs}
        last = self._last
        due = monotonic >= self._read_at + self._settings.engine.backups_seconds
        if last is None or due or states != self._states:
            found = replace(self._read_all(store, now, states), jobs=jobs)
            self._read_at, self._states = monotonic, states
        else:
            found = replace(last, jobs=jobs)
        if found != last or last is None:
            self._last = last = found
        return last

    def _read_all(self, store: Store, now: datetime, states: dict[str, JobState]) -> BackupOverview:
        """All but the jobs; what needs a look at the whole catalog only now and then."""
        found, last = read_light(store, self._settings, self._server_id, now), self._last
        newest = store.jobs.newest(HISTORY_LISTED, [self._server_id, EVERY_SERVER])
        ended = frozenset(job.job_id for job in newest if job.state.is_over)
        is_same = (
            last is not None
            and (states, ended) == (self._states, self._ended)
            and _backups_in(found) == _backups_in(last)
        )
        is_heavy = not is_same or not self._looks % _HEAVY_EVERY
        self._ended = ended
        self._looks += 1
        if last is not None and not is_heavy:
            return _with_sums_of(found, last)
        return _summed(found, store, self._settings, self._server_id, now)


def _backups_in(overview: BackupOverview) -> tuple[object, ...]:
    """What is read of single backups at each look."""
    entries = tuple(row.entry for row in overview.history.rows)
    return (entries, overview.last_good, overview.newest_fulls)


def missing_steps(store: Store, settings: Settings) -> frozenset[SetUpStep]:
    """What is still to be done before a backup is taken.

    Raises:
        StoreError: the store can't be read.
    """
    return frozenset(_missing(store, settings))


def _clock_gap(store: Store, server_id: str) -> float:
    newest = store.protection.newest(server_id)
    if newest is None:
        return 0.0
    return clock_gap(newest.backup_id, newest.snapshot_at, newest.finished_at).total_seconds()


def read_light(store: Store, settings: Settings, server_id: str, now: datetime) -> BackupOverview:
    """The overview without jobs, and without what takes a look at the whole catalog."""
    backup, found = settings.backup, store.protection
    named = _named(settings, server_id)
    ended = store.attempts.last_ended(server_id, until=now)
    fulls = found.newest_fulls(server_id, until=now)
    tried = {row.database for row in ended if row.kind in WHOLE_KINDS}
    tried.update(entry.database for entry in fulls)
    covered = tuple(name for name in _covered(settings, server_id) if name not in named)
    databases = (*named, *covered, *sorted(tried.difference(named, covered, {""})))
    attempted = tried.union(row.database for row in ended)
    left_out = attempted.intersection(backup.exclude_databases).difference(named, covered)
    overview = BackupOverview(
        missing=missing_steps(store, settings),
        key_name=settings.encryption.key if settings.encryption.enabled else "",
        copies_wanted=backup.copies,
        named=named,
        databases=databases,
        absent_keys=absent_keys(settings),
        objective_seconds=backup.objective_seconds,
        last_good=found.last_good(server_id, databases, until=now),
        last_ended=ended,
        newest_fulls=fulls,
        schedules=statuses(store, settings, server_id, now),
        runs=tuple(
            run for run in store.runs.newest([server_id], RUNS_LISTED) if run.planned_at <= now
        ),
        success=store.attempts.success(server_id, RATE_DAYS, until=now),
        history=with_jobs(
            store.attempts.history(server_id, HISTORY_LISTED, until=now),
            store.jobs.newest(JOBS_LOOKED_AT, [server_id]),
        ),
        clock_gap_seconds=_clock_gap(store, server_id),
    )
    return overview.without(frozenset(left_out))


def _summed(
    overview: BackupOverview, store: Store, settings: Settings, server_id: str, now: datetime
) -> BackupOverview:
    found, backup = store.protection, settings.backup
    return replace(
        overview,
        bad_copies=found.bad_copies(server_id, until=now),
        oldest_verification=found.oldest_verification(server_id, until=now),
        storage=found.storage(server_id, now=now),
        repositories=found.repositories(dict.fromkeys(backup.copies, backup.quota_bytes)),
        lost_keys=lost_keys(store, settings, server_id),
    )


def _with_sums_of(overview: BackupOverview, earlier: BackupOverview) -> BackupOverview:
    return replace(
        overview,
        bad_copies=earlier.bad_copies,
        oldest_verification=earlier.oldest_verification,
        storage=earlier.storage,
        repositories=earlier.repositories,
        lost_keys=earlier.lost_keys,
    )


def _missing(store: Store, settings: Settings) -> Iterator[SetUpStep]:
    """What is still to be done before a backup is taken."""
    if not settings.repositories:
        yield SetUpStep.REPOSITORY
    if not settings.backup.copies:
        yield SetUpStep.COPIES
    encryption = settings.encryption
    if not encryption.enabled:
        return
    records = [each for each in store.backup_keys.all() if each.name == encryption.key]
    key = settings.keys.get(encryption.key, KeySettings())
    if not records and not _is_at_hand(secret_file(encryption.key, key)):
        yield SetUpStep.KEY
    confirmed = any(each.confirmed_at is not None for each in records)
    if not confirmed and not encryption.recovery_kept_by:
        yield SetUpStep.KEY_CONFIRMED


def _named(settings: Settings, server_id: str) -> tuple[str, ...]:
    """The databases that the config names, for every backup or for a schedule's."""
    scheduled = (
        name
        for schedule in schedules_of(settings, server_id)
        if schedule.enabled and schedule.kind in WHOLE_KINDS
        for name in schedule.databases
    )
    names = dict.fromkeys((*settings.backup.databases, *scheduled))
    return tuple(name for name in names if name != EVERY_DATABASE)


def _covered(settings: Settings, server_id: str) -> tuple[str, ...]:
    """The database that a schedule means which names none: the one that is connected to.

    It is one of those that "all" means, too; the others are known once they were attempted. What a
    service file says is libpq's to know, so nothing is said of it here.
    """
    server = settings.servers.get(server_id)
    means_it = any(
        not names or EVERY_DATABASE in names
        for schedule in schedules_of(settings, server_id)
        if schedule.kind in WHOLE_KINDS
        for names in [schedule.databases or settings.backup.databases]
    )
    if server is None or not means_it:
        return ()
    given = parameters_of(server.dsn)
    if name := server.dbname or given.get("dbname"):
        return (name,)
    if server.service or given.get("service") or os.environ.get("PGSERVICE"):
        return ()
    name = os.environ.get("PGDATABASE") or server.user or given.get("user")
    name = name or os.environ.get("PGUSER")
    return (name,) if name else ()


def absent_keys(settings: Settings) -> tuple[AbsentKey, ...]:
    """The keys of the config whose files are not there, the one for new backups first.

    Programs, variables and keyrings are not asked: that is for the job that needs the key.
    """
    encryption = settings.encryption
    names = dict.fromkeys((*((encryption.key,) if encryption.enabled else ()), *settings.keys))
    files = ((name, secret_file(name, settings.keys.get(name, KeySettings()))) for name in names)
    return tuple(AbsentKey(name, str(path)) for name, path in files if path and not _is_there(path))


def lost_keys(store: Store, settings: Settings, server_id: str) -> tuple[LostKey, ...]:
    """The keys of backups that are none of the config's, as the store knows those by their names.

    Where the store does not know one of the config's keys, any backup may be under that one.

    Raises:
        StoreError: the store can't be read.
    """
    encryption, records = settings.encryption, store.backup_keys.all()
    names = {*settings.keys, encryption.key}
    if not names <= {each.name for each in records}:
        return ()
    known = {each.key_id: each.name for each in records}
    return tuple(
        LostKey(key_id, known.get(key_id, ""), backups)
        for key_id, backups in sorted(store.protection.keys(server_id).items())
        if known.get(key_id) not in names
    )


def _is_at_hand(path: Path | None) -> bool:
    """Whether a key's file is there; one that comes from elsewhere is taken to be."""
    return path is None or _is_there(path)


def _is_there(path: Path) -> bool:
    """Whether a file is there, or might be where this role may not look."""
    try:
        return path.is_file()
    except PermissionError:
        return True


def with_jobs(page: HistoryPage, jobs: Sequence[Job]) -> HistoryPage:
    """The attempts with the jobs that did them: those that ran when each began."""
    backups = [job for job in jobs if job.order.kind is JobKind.BACKUP]
    return replace(page, rows=tuple(_with_job(row, backups) for row in page.rows))


def _with_job(row: HistoryRow, jobs: Sequence[Job]) -> HistoryRow:
    if row.run is None or row.run.detached_job_id:
        return row
    found = [job.job_id for job in jobs if _did(job, row.run.started_at)]
    if len(found) != 1:
        return row
    return replace(row, run=replace(row.run, detached_job_id=found[0]))


def _did(job: Job, moment: datetime) -> bool:
    if job.started_at is None or job.started_at > moment:
        return False
    return job.finished_at is None or moment <= job.finished_at
