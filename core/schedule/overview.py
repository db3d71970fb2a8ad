"""What is known of a server's backups: from the store, and from the settings that it is held to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from core.backup.clocks import clock_gap, time_to_come
from core.config.settings import Settings
from core.model.backup import CatalogEntry
from core.model.backup_lack import WHOLE_KINDS
from core.model.job import JobState
from core.model.protection import BackupOverview, UnclearStaging
from core.model.unconfigured import UnconfiguredRepository
from core.schedule.overview_databases import database_by_default, databases_named
from core.schedule.overview_drills import drills_of
from core.schedule.overview_jobs import with_jobs
from core.schedule.overview_keys import absent_keys, lost_keys, missing_steps
from core.schedule.overview_scratch import forgotten_servers
from core.schedule.statuses import statuses

if TYPE_CHECKING:
    from core.store.store import Store

HISTORY_LISTED = 60
RUNS_LISTED = 60
JOBS_LOOKED_AT = 200
RESTORES_LISTED = 200
DRAFTS_LISTED = 20
RATE_DAYS = (7, 30)
EVERY_SERVER = ""
"""The server of a job that is about all of them."""
_HEAVY_EVERY = 30
"""Sums over the whole catalog are made anew at every so many-th look, when a job begins or ends,
and when one of the backups that are listed, or which copies are bad, has changed."""


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
    return (
        entries,
        overview.last_good,
        overview.newest_fulls,
        overview.bad_copies,
        overview.refused_copies,
    )


def _with_clocks(
    overview: BackupOverview, newest: CatalogEntry | None, now: datetime
) -> BackupOverview:
    """It with how far the clocks were off by which the newest backup was taken."""
    if newest is None:
        return overview
    gap = clock_gap(newest.backup_id, newest.snapshot_at, newest.finished_at)
    return replace(
        overview,
        clock_gap_seconds=gap.total_seconds(),
        to_come_seconds=time_to_come(newest.moment, now).total_seconds(),
    )


def _with_restores(
    overview: BackupOverview, store: Store, settings: Settings, server_id: str, now: datetime
) -> BackupOverview:
    """It with what was restored of it, and what is being put together."""
    operations = store.restore_operations
    restores = operations.newest(RESTORES_LISTED, [server_id], until=now)
    return replace(
        overview,
        restores=restores,
        forgotten=forgotten_servers(restores, settings.restore, now),
        drafts=store.restore_drafts.of(server_id, DRAFTS_LISTED),
        last_proven=operations.last_proven(server_id, until=now),
    )


def _unclear_staging(store: Store, settings: Settings) -> tuple[UnclearStaging, ...]:
    """What lies in this host's staging folder and may be nobody's."""
    from core.backup.staged_runs import Life, runs_in, state_in
    from core.backup.staging import folder_of_state, staging_path

    root = staging_path(settings.backup, folder_of_state(store))
    return tuple(
        UnclearStaging(str(run.path), run.host)
        for run in runs_in(root, state_in(store))
        if run.life is Life.UNCLEAR
    )


def read_light(store: Store, settings: Settings, server_id: str, now: datetime) -> BackupOverview:
    """The overview without jobs, and without what takes a look at the whole catalog."""
    backup, found = settings.backup, store.protection
    named = databases_named(settings, server_id)
    ended = store.attempts.last_ended(server_id, until=now)
    fulls = found.newest_fulls(server_id, until=now)
    tried = {row.database for row in ended if row.kind in WHOLE_KINDS}
    tried.update(entry.database for entry in fulls)
    covered = tuple(name for name in database_by_default(settings, server_id) if name not in named)
    databases = (*named, *covered, *sorted(tried.difference(named, covered, {""})))
    attempted = tried.union(row.database for row in ended)
    left_out = attempted.intersection(backup.exclude_databases).difference(named, covered)
    overview = BackupOverview(
        missing=missing_steps(store, settings),
        key_name=settings.encryption.key if settings.encryption.enabled else "",
        copies_wanted=backup.copies,
        configured=tuple(settings.repositories),
        named=named,
        databases=databases,
        absent_keys=absent_keys(settings),
        unclear_staging=_unclear_staging(store, settings),
        objective_seconds=backup.objective_seconds,
        last_good=found.last_good(server_id, databases, until=now),
        last_ended=ended,
        newest_fulls=fulls,
        bad_copies=found.bad_copies(server_id, until=now),
        refused_copies=found.refused_copies(server_id, until=now),
        schedules=statuses(store, settings, server_id, now),
        runs=tuple(
            run for run in store.runs.newest([server_id], RUNS_LISTED) if run.planned_at <= now
        ),
        success=store.attempts.success(server_id, RATE_DAYS, until=now),
        history=with_jobs(
            store.attempts.history(server_id, HISTORY_LISTED, until=now),
            store.jobs.newest(JOBS_LOOKED_AT, [server_id]),
        ),
    )
    overview = _with_clocks(overview, found.newest(server_id), now)
    overview = _with_restores(overview, store, settings, server_id, now)
    restorable = [entry.database for entry in overview.last_good]
    drills = drills_of(store, settings, server_id, now, restorable)
    overview = replace(overview, drills=drills)
    return overview.without(frozenset(left_out))


def _summed(
    overview: BackupOverview, store: Store, settings: Settings, server_id: str, now: datetime
) -> BackupOverview:
    found, backup = store.protection, settings.backup
    return replace(
        overview,
        oldest_verification=found.oldest_verification(server_id, until=now),
        storage=found.storage(server_id, now=now),
        repositories=found.repositories(dict.fromkeys(backup.copies, backup.quota_bytes)),
        unconfigured=_unconfigured(store, settings, server_id),
        lost_keys=lost_keys(store, settings, server_id),
    )


def _unconfigured(
    store: Store, settings: Settings, server_id: str
) -> tuple[UnconfiguredRepository, ...]:
    from core.backup.unconfigured import unconfigured

    left = unconfigured(settings, store.catalog, server_id)
    if not left:
        return ()
    found = store.catalog.holdings.unconfigured(server_id, tuple(settings.repositories))
    return tuple(each for each in found if each.repository in left)


def _with_sums_of(overview: BackupOverview, earlier: BackupOverview) -> BackupOverview:
    return replace(
        overview,
        oldest_verification=earlier.oldest_verification,
        storage=earlier.storage,
        repositories=earlier.repositories,
        unconfigured=earlier.unconfigured,
        lost_keys=earlier.lost_keys,
    )
