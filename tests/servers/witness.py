"""What the store and the server itself say of the watchers of one site."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psutil
import psycopg

from core.model.snapshot import Subject
from core.store.store import Store
from tests.servers.watching import Site


@dataclass(frozen=True)
class Witness:
    """Looks at the store of ``site`` and at the server ``dsn`` from outside."""

    site: Site
    dsn: str

    @property
    def server_id(self) -> str:
        """The id of the server."""
        return self.site.launch(self.dsn).servers[0].server_id

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store, for a look."""
        settings = self.site.launch(self.dsn).settings.store
        opened = Store.open(settings, state_folder=self.site.state, migrate=False)
        try:
            yield opened
        finally:
            opened.close()

    def moments(self) -> list[datetime]:
        """When the connections were read, by what the store holds."""
        found: set[datetime] = set()
        with self.store() as store:
            moment: datetime | None = None
            while moment := store.snapshots.step(self.server_id, moment, -1):
                taken = store.snapshots.latest(self.server_id, at=moment).get(Subject.CONNECTIONS)
                if taken is not None:
                    found.add(taken.taken_at)
        return sorted(found)

    def has_begun(self) -> bool:
        """Whether the connections were read more than once."""
        return (self.site.state / "store.sqlite3").exists() and len(self.moments()) > 1

    def sampler(self) -> psutil.Process | None:
        """The process that has the lease now."""
        with self.store() as store:
            lease = store.leases.holder(f"server:{self.server_id}")
            pids = {p.process_id: p.pid for p in store.processes.alive(lost_after_seconds=60)}
        return psutil.Process(pids[lease.holder]) if lease and lease.holder in pids else None

    def kinds(self) -> list[str]:
        """The kinds of the living processes, in alphabetical order."""
        with self.store() as store:
            return sorted(p.kind.value for p in store.processes.alive(lost_after_seconds=60))

    def sessions(self) -> int:
        """How many sessions of pgvigil the server has in this database."""
        return self._number(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'pgvigil' AND datname = current_database()"
        )

    def statements_within(self, seconds: float) -> int:
        """How many statements of pgvigil the server itself counts in this database meanwhile."""
        before = self._statements()
        time.sleep(seconds)
        return self._statements() - before

    def _statements(self) -> int:
        return self._number(
            "SELECT coalesce(sum(calls), 0)::int FROM pg_stat_statements(true) s"
            " JOIN pg_database d ON d.oid = s.dbid"
            " WHERE d.datname = current_database() AND query LIKE '%/* pgvigil%'"
        )

    def _number(self, query: str) -> int:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])
