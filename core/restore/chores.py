"""What restores left behind, cleared without anybody asking, and told in the audit log.

Only what is surely nobody's: of a restore that this store knows to be over, in a database to which
nobody restores meanwhile, on whatever host.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg

from core.backup.alone import Held
from core.backup.dump.endpoint import Endpoint
from core.config.settings import Settings
from core.errors import BackupError, PgvigilError
from core.model.restore import TargetKind
from core.restore import leftover
from core.restore.audited import cleared
from core.restore.failure import explained
from core.restore.merge import leftover as merges
from core.restore.merge.session import merging
from core.restore.right import restoring_alone
from core.restore.scratch.kept import clear_dead as clear_dead_scratch
from core.restore.survey import endpoint_of
from core.restore.swap.kept import drop_aside, expired
from core.restore.target.create import connect_elsewhere
from core.restore.target.state import Connection
from core.store.local import host_name
from core.store.store import Store

_log = logging.getLogger(__name__)

_LOOKED_THROUGH = 1_000
_THERE = "SELECT datname::text FROM pg_catalog.pg_database WHERE datallowconn"
_IN_USE = "SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE datname = %s)"


def clear_host(store: Store, settings: Settings) -> tuple[str, ...]:
    """Take away scratch servers of dead restores and drills on this host; a sentence for each.

    Raises:
        StoreError: the store failed.
    """
    told = clear_dead_scratch(store, settings)
    return cleared(store, _who(), host_name(), told)


def clear_server(store: Store, settings: Settings, server: str, now: datetime) -> tuple[str, ...]:
    """Take away what is over on a server: unproven databases, those put aside, merges' schemas.

    Gives a sentence for each; a server to which nobody ever restored is not asked.

    Raises:
        StoreError: the store failed.
        PgvigilError: the server can't be looked at.
    """
    listed = store.restore_operations.newest(_LOOKED_THROUGH)
    to_it = [each for each in listed if each.target_server == server]
    if not to_it:
        return ()
    quick = replace(settings.dump, lock_wait_seconds=settings.dump.connect_timeout_seconds)
    chore = _Chore(store, replace(settings, dump=quick), server, now)
    merged = {each.target_database for each in to_it if each.target is TargetKind.MERGE}
    try:
        return cleared(store, _who(), server, chore.all(merged))
    except psycopg.Error as error:
        raise explained(str(error), server) from error


def _who() -> str:
    return f"watcher@{host_name()}"


class _Chore:
    def __init__(self, store: Store, settings: Settings, server: str, now: datetime) -> None:
        self._store = store
        self._settings = settings
        self._server = server
        self._now = now
        self._endpoint = endpoint_of(server, settings)

    def all(self, merged: set[str]) -> Iterator[str]:
        """All of it; ``merged`` are the databases into which tables were merged."""
        with closing(connect_elsewhere(self._endpoint)) as connection:
            yield from self._unproven(connection)
            yield from self._aside(connection)
            there = {name for (name,) in connection.execute(_THERE).fetchall()}
        for name in sorted(merged & there):
            yield from self._merged(name, self._endpoint.with_database(name))

    def _unproven(self, connection: Connection) -> Iterator[str]:
        for name, operation_id in leftover.dead(self._store, connection):
            operation = self._store.restore_operations.get(operation_id)
            database = operation.target_database if operation is not None else name
            # Whoever is connected may be a restore that only seems to be dead from here.
            if connection.execute(_IN_USE, [name]).fetchall() != [(False,)]:
                continue
            with suppress(BackupError), self._right(database):
                if (name, operation_id) in leftover.dead(self._store, connection):
                    yield leftover.clear(connection, name, operation_id)

    def _aside(self, connection: Connection) -> Iterator[str]:
        days = self._settings.restore.grace_days
        for each in expired(self._store, self._server, grace_days=days, now=self._now):
            with suppress(BackupError), self._right(each.target_database):
                newest = self._store.restore_operations.get(each.operation_id)
                if newest is None or newest.aside != each.aside:
                    continue
                if told := drop_aside(self._store, connection, newest, grace_days=days):
                    yield told

    def _merged(self, name: str, live: Endpoint) -> Iterator[str]:
        kept = timedelta(days=self._settings.restore.grace_days)
        try:
            with merging(live) as connection:
                if not merges.due(self._store, connection, kept, self._now):
                    return
                with self._right(name):
                    yield from merges.clear(self._store, connection, kept, self._now)
        except BackupError:
            return  # somebody restores to it, and clears it himself
        except PgvigilError as error:
            _log.warning("what merges left in %s stays for now", name, extra={"problem": error})

    def _right(self, database: str) -> AbstractContextManager[Held]:
        return restoring_alone(self._store, self._settings, self._server, database, _who())
