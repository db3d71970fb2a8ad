"""Merges into live databases as jobs do them, in this process, and what stands in their way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from core.api.restores import RestoreRequest, Restores, write_plan
from core.backup.progress import JobReporter, SilentReporter
from core.errors import PgvigilError
from core.model.backup import Manifest, TableName
from core.model.job import JobKind, JobOrder, JobState
from core.model.restore import ChosenTable
from core.model.restore_operation import RestoreOperation, RestoreStatus, Verdict
from core.postgres.embedded import EmbeddedServer, Programs, ServerAccount
from core.restore.job import PLAN, run_restore_job
from core.schedule.jobs import new_job_id
from tests.servers.backing_up import SERVER, BackupSite, backup_site
from tests.servers.everything import drop_database
from tests.servers.factory import ServerFactory
from tests.servers.merging import Live as Unseen
from tests.servers.waiting import eventually

TABLES = """
CREATE TABLE orders (id int PRIMARY KEY, note text);
INSERT INTO orders SELECT n, repeat('x', 200) FROM generate_series(1, 3000) AS n;
CREATE TABLE items (id int PRIMARY KEY, order_id int REFERENCES orders);
INSERT INTO items SELECT n, n FROM generate_series(1, 3000) AS n;
"""
DROPPED = "DROP TABLE items"
DAMAGED = "DELETE FROM items WHERE id <= 1500; UPDATE items SET order_id = 1 WHERE id > 2900"
CONTENT = """
SELECT (SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM orders AS o),
       (SELECT array_agg(relname::text ORDER BY relname) FROM pg_class
         WHERE relnamespace = 'public'::regnamespace),
       (SELECT array_agg(conname::text || convalidated ORDER BY conname) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace)
"""
ITEMS = "SELECT md5(string_agg(i::text, ',' ORDER BY id)) FROM items AS i"
WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND wait_event_type = %s"
# A commit waits for a standby that is never there, as long as a session wants to be sure of it.
UNSURE = {"synchronous_standby_names": "nobody", "synchronous_commit": "local"}
REST: Mapping[str, object] = {}
DAMAGES = ("a dropped table", "rows")
Content = tuple[object, ...]


@dataclass
class Live:
    """A live database that is damaged, and its backup."""

    site: BackupSite
    name: str
    undamaged: Content
    manifest: Manifest

    @property
    def dsn(self) -> str:
        return self.site.server.dsn(self.name)

    @property
    def restores(self) -> Restores:
        return Restores(self.site.settings, self.site.store, self.site.state)

    def run(self, statements: str) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statements.encode())

    def content(self) -> Content:
        """All tables, constraints and rows that are not a merge's own."""
        with psycopg.connect(self.dsn) as connection:
            (found,) = connection.execute(CONTENT).fetchall()
            has_items = "items" in (found[1] or ())
            return (*found, connection.execute(ITEMS).fetchall() if has_items else None)

    def merge(
        self, wanted: Mapping[str, object] = REST, reporter: JobReporter | None = None
    ) -> tuple[RestoreOperation, str]:
        """Bring the items back, or what else is wanted, as a job does."""
        tables = () if "apply" in wanted else (ChosenTable(TableName("public", "items")),)
        asked = {"merge": "apply" not in wanted, "tables": tables, "name": self.name, **wanted}
        wish = self.restores.wish(RestoreRequest(SERVER, **asked))  # type: ignore[arg-type]
        plan = write_plan(self.restores.plan(wish)).decode()
        job_id = new_job_id()
        order = JobOrder(JobKind.RESTORE, SERVER, "anna@bastion", {PLAN: plan})
        store = self.site.store
        store.jobs.submit(job_id, order)
        reporter = reporter or SilentReporter()
        reporter.job_id = job_id  # type: ignore[misc]
        state = JobState.FAILED
        try:
            told = run_restore_job(store, self.site.settings, order, reporter)
            state = JobState.DONE
        finally:
            store.jobs.finish(job_id, state, "")
        found = store.restore_operations.get(job_id)
        assert found is not None
        return found, told

    def fails(
        self, wanted: Mapping[str, object] = REST, reporter: JobReporter | None = None
    ) -> PgvigilError:
        """What a merge that can't be done says; its row says it, too."""
        with pytest.raises(PgvigilError) as told:
            self.merge(wanted, reporter)
        (newest,) = self.restores.newest(1)
        assert (newest.status, newest.verdict) == (RestoreStatus.FAILED, Verdict.FAILED)
        assert told.value.what in newest.problem
        return told.value

    @contextmanager
    def stuck(self, wanted: Mapping[str, object]) -> Iterator[tuple[int, Future[object]]]:
        """A merge in the middle of its transaction, which waits for a lock that somebody holds.

        Gives its session's number, and what becomes of it.
        """
        pool = ThreadPoolExecutor(1)
        with psycopg.connect(self.dsn) as holder:
            holder.execute(blocking(wanted))
            merged = pool.submit(self._outcome, wanted)
            pool.shutdown(wait=False)  # whoever wants to know what became of it waits for that
            yield self.session("Lock"), merged
            with suppress(psycopg.Error):
                holder.rollback()

    def session(self, waits_for: str) -> int:
        """The session that waits for a lock, or for a standby."""
        return eventually(lambda: self.sessions(waits_for))[0]

    def sessions(self, waits_for: str) -> list[int]:
        """All that do."""
        with psycopg.connect(self.site.server.dsn()) as connection:
            rows = connection.execute(WAITING, [self.name, waits_for]).fetchall()
        return [pid for (pid,) in rows]

    def schemas(self) -> int:
        """How many schemas of merges are left."""
        with psycopg.connect(self.dsn) as connection:
            asked = "SELECT FROM pg_namespace WHERE nspname LIKE 'pgvigil_restore_%'"
            return len(connection.execute(asked).fetchall())

    def wait_for_standby(self, *, wanted: bool) -> None:
        """Have each commit wait for a standby, or none."""
        with psycopg.connect(self.site.server.dsn(), autocommit=True) as connection:
            value = "on" if wanted else "local"
            connection.execute(f"ALTER SYSTEM SET synchronous_commit = {value}".encode())
            connection.execute("SELECT pg_reload_conf()")
            eventually(
                lambda: connection.execute("SHOW synchronous_commit").fetchall() == [(value,)]
            )

    def merge_unseen(self, wanted: Mapping[str, object], folder: Path) -> object:
        """As another store's, which knows nothing of this one's right."""
        unseen = Unseen(self.site, self.manifest, self.name, folder, SilentReporter())
        wish = unseen.wish(TableName("public", "items"))
        if wanted:
            apply = str(wanted["apply"])
            wish = unseen.wish(staged_by=apply, repository="local", update=True, delete=True)
        try:
            return unseen.merge(wish)
        except PgvigilError as error:
            return error

    def _outcome(self, wanted: Mapping[str, object]) -> object:
        try:
            return self.merge(wanted)
        except PgvigilError as error:
            return error


def on(server: EmbeddedServer, statement: str, database: str = "postgres") -> None:
    with psycopg.connect(server.dsn(database), autocommit=True) as connection:
        connection.execute(statement.encode())


def blocking(wanted: Mapping[str, object]) -> bytes:
    """What has a merge wait in the middle of its transaction."""
    table = "items" if wanted else "orders"
    return f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE".encode()


@pytest.fixture(scope="module")
def site(
    servers_folder: Path,
    programs: Programs,
    account: ServerAccount,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BackupSite]:
    """A server of these tests' own, with one backup."""
    factory = ServerFactory(servers_folder, programs, account)
    try:
        server = factory(settings=UNSURE)
        on(server, "CREATE DATABASE source")
        on(server, TABLES, "source")
        folder = tmp_path_factory.mktemp("host")
        with backup_site(folder, server, server.dsn("source")) as made:
            made.take()
            yield made
    finally:
        factory.remove_all()


@contextmanager
def copied(site: BackupSite, tablespace: str = "pg_default") -> Iterator[Live]:
    """A live database as it was backed up."""
    name = f"live_{new_job_id()[-8:]}"
    on(site.server, f"CREATE DATABASE {name} TEMPLATE source TABLESPACE {tablespace}")
    (entry,) = site.store.catalog.entries(SERVER)
    manifest = site.store.catalog.manifest(entry.backup_id)
    assert manifest is not None
    live = Live(site, name, (), manifest)
    try:
        live.undamaged = live.content()
        yield live
    finally:
        drop_database(site.server, name)


@pytest.fixture
def live(site: BackupSite) -> Iterator[Live]:
    with copied(site) as made:
        yield made


def prepared(live: Live, what: str) -> tuple[Live, Mapping[str, object]]:
    if what == "a dropped table":
        live.run(DROPPED)
        return live, {}
    live.run(DAMAGED)
    first, _ = live.merge()
    return live, {"apply": first.operation_id, "update": True, "delete": True}


Damaged = tuple[Live, Mapping[str, object]]


@pytest.fixture(params=DAMAGES)
def damaged(request: pytest.FixtureRequest, live: Live) -> tuple[Live, Mapping[str, object]]:
    """A live database that is damaged, and the merge that mends it."""
    return prepared(live, request.param)
