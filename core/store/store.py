"""The one shared state: where processes of pgvigil meet, and what they remember."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from uuid import uuid4

from core.clock import Clock, SystemClock
from core.config import paths
from core.config.settings import StoreSettings
from core.model.process import Lease
from core.model.series import Sample
from core.model.snapshot import Snapshot
from core.store import leases, schema
from core.store.attempts import Attempts
from core.store.audit import Audit
from core.store.backup_jobs import BackupJobs
from core.store.backup_keys import BackupKeys
from core.store.backup_schedules import BackupSchedules
from core.store.catalog import Catalog
from core.store.database import Database
from core.store.drills import Drills
from core.store.guided_drills import GuidedDrills
from core.store.jobs import Jobs
from core.store.leases import Leases
from core.store.maintenance import Maintenance
from core.store.names import Names
from core.store.processes import Processes
from core.store.protection import Protection
from core.store.recorder import Recorder
from core.store.requests import Requests
from core.store.restore_approvals import RestoreApprovals
from core.store.restore_drafts import RestoreDrafts
from core.store.restore_operations import RestoreOperations
from core.store.runs import Runs
from core.store.samples import Samples
from core.store.security_events import SecurityEvents
from core.store.snapshots import Snapshots
from core.store.sqlite import FILE_NAME, SqliteDatabase
from core.store.statements import StatementHistory, StatementMinute

_MAINTENANCE_SECONDS = 600


class Store:
    """One store, open. Every method blocks and may be called from any thread."""

    def __init__(self, database: Database, settings: StoreSettings) -> None:
        self._database = database
        self._settings = settings
        self._names = Names(database)
        self._recorder = Recorder(database)
        self._recording = Lock()
        self.snapshots = Snapshots(database, self._names)
        self.samples = Samples(database, self._names)
        self.leases = Leases(database)
        self.processes = Processes(database)
        self.requests = Requests(database)
        self.jobs = Jobs(database)
        self.runs = Runs(database)
        self.backup_schedules = BackupSchedules(database)
        self.statements = StatementHistory(database, self._names)
        self.audit = Audit(database)
        self.backup_keys = BackupKeys(database)
        self.backup_jobs = BackupJobs(database)
        self.restore_operations = RestoreOperations(database)
        self.restore_approvals = RestoreApprovals(database)
        self.drills = Drills(database)
        self.guided_drills = GuidedDrills(database)
        self.restore_drafts = RestoreDrafts(database)
        self.catalog = Catalog(database)
        self.protection = Protection(database, self.catalog)
        self.attempts = Attempts(database, self.catalog)
        self.security_events = SecurityEvents(database)

    @classmethod
    def open(
        cls,
        settings: StoreSettings,
        *,
        clock: Clock | None = None,
        state_folder: Path | None = None,
        migrate: bool,
    ) -> Store:
        """The store that ``settings`` name: PostgreSQL at ``url``, else a file in ``state_folder``.

        With ``migrate`` it is made or brought up to date; without, it is awaited for a while.

        Raises:
            StoreError: it can't be reached, made, read or written, or is from a newer pgvigil.
        """
        database = _database(settings, clock or SystemClock(), state_folder, migrate=migrate)
        try:
            if migrate:
                schema.ensure_current(database)
            else:
                schema.wait_until_current(database, settings.wait_seconds)
        except BaseException:
            database.close()
            raise
        return cls(database, settings)

    @property
    def location(self) -> str:
        """Where the store is, without a password."""
        return self._database.location

    def write_tick(
        self,
        lease: Lease,
        server_id: str,
        *,
        snapshots: Sequence[Snapshot] = (),
        samples: Sequence[Sample] = (),
        statement_minutes: Sequence[StatementMinute] = (),
        ttl_seconds: float | None = None,
    ) -> None:
        """Record what one tick saw of ``server_id``, all of it or nothing.

        With ``ttl_seconds`` the lease lasts so long from now on: a tick is a sign of life.

        Raises:
            LeaseLostError: ``lease`` is not the newest on its resource any more.
            StoreError: the store can't be written to; the same tick may be tried again.
        """
        server_ref = self._names.register_server(server_id)
        rows = self.samples.rows(server_ref, samples)
        with self._recording:
            try:
                with self._database.writing() as connection:
                    if ttl_seconds is None:
                        leases.check(connection, lease)
                    else:
                        leases.extend(self._database, connection, lease, ttl_seconds)
                    self._recorder.write(connection, server_ref, snapshots)
                    self.samples.write(connection, server_ref, rows)
                    self.statements.write(connection, server_ref, statement_minutes)
                    self._database.note_change(connection, server_id)
            except BaseException:
                self._recorder.forget(server_ref)
                raise

    def maintain(self) -> None:
        """Roll up samples and drop what is too old or too much; at once nothing if others do it.

        Call it every few minutes from one thread; it takes long only after a long pause.
        """
        lease = self.leases.acquire("maintenance", uuid4().hex, _MAINTENANCE_SECONDS)
        if lease is None:
            return
        try:
            Maintenance(self._database, self._settings).run()
        finally:
            self.leases.release(lease)

    def changed(self) -> bool:
        """Whether anyone else wrote since the last call; cheap, and true at the first.

        In doubt it is true; a store on PostgreSQL counts this process's own writes too.
        """
        return self._database.changed()

    def close(self) -> None:
        """Close the store; what was written stays."""
        self._database.close()


def _database(
    settings: StoreSettings, clock: Clock, state_folder: Path | None, *, migrate: bool
) -> Database:
    if settings.url:
        from core.store.postgresql import PostgresDatabase

        return PostgresDatabase(settings)
    path = (paths.state_folder() if state_folder is None else state_folder) / FILE_NAME
    if not migrate:
        schema.wait_for_file(path, settings.wait_seconds)
    return SqliteDatabase(path, clock=clock, busy_seconds=settings.busy_seconds, create=migrate)
