"""A merge, its second step and its undo, killed before each single statement.

Whatever the step: the live tables are as they were, or as the merge makes them; never half. What
the dead one left is cleared by the next merge, or undone by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from core.api.restores import RestoreRequest, Restores, write_plan
from core.model.backup import TableName
from core.model.job import JobKind, JobOrder, JobState
from core.model.restore import ChosenTable
from core.model.restore_operation import RestoreOperation, RestoreStatus
from core.postgres.embedded import EmbeddedServer
from core.restore.job import PLAN
from core.schedule.jobs import new_job_id
from tests.faults.figures import Faults
from tests.servers.backing_up import SERVER, BackupSite, backup_site
from tests.servers.striking import Striker
from tests.servers.struck_program import Struck

pytestmark = pytest.mark.fault

TABLES = """
CREATE TABLE orders (id serial PRIMARY KEY, note text);
INSERT INTO orders (note) SELECT n::text FROM generate_series(1, 500) AS n;
CREATE TABLE items (id int PRIMARY KEY, order_id int REFERENCES orders);
INSERT INTO items SELECT n, n FROM generate_series(1, 300) AS n;
CREATE VIEW latest AS SELECT max(id) AS id FROM orders;
"""
_NEVER = 10_000
_MOST_STEPS = 120
Content = tuple[object, ...]


@dataclass
class Stage:
    """A live database that has a backup."""

    site: BackupSite

    @property
    def restores(self) -> Restores:
        return Restores(self.site.settings, self.site.store, self.site.state)

    def run(self, statements: str) -> None:
        with psycopg.connect(self.site.dsn, autocommit=True) as connection:
            connection.execute(statements.encode())

    def content(self) -> Content:
        """All that is in it, the merges' own schemas left out."""
        with psycopg.connect(self.site.dsn) as connection:
            relations = connection.execute(
                "SELECT relname, relkind::text FROM pg_class"
                " WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
            ).fetchall()
            keys = connection.execute(
                "SELECT conname FROM pg_constraint WHERE contype = 'f' ORDER BY 1"
            ).fetchall()
            rows: list[object] = []
            for name, kind in relations:
                if kind == "r":
                    asked = f"SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM {name} AS t"
                    rows += connection.execute(asked.encode()).fetchall()
        return tuple(relations), tuple(keys), tuple(rows)

    def schemas(self) -> int:
        """How many schemas of merges are left."""
        with psycopg.connect(self.site.dsn) as connection:
            found = connection.execute(
                "SELECT FROM pg_namespace WHERE nspname LIKE 'pgvigil_restore_%'"
            )
            return len(found.fetchall())

    def merge(self, killer: Striker, request: RestoreRequest, step: int) -> Struck:
        """Do it in a process that is killed before its ``step``-th statement."""
        plan = write_plan(self.restores.plan(self.restores.wish(request))).decode()
        job_id = new_job_id()
        order = JobOrder(JobKind.RESTORE, SERVER, "berta@bastion", {PLAN: plan})
        self.site.store.jobs.submit(job_id, order)
        struck = self._strike(killer, "restore", step, "prepare", job_id=job_id, **{PLAN: plan})
        if struck.how == "done":
            self.site.store.jobs.finish(job_id, JobState.DONE, "")
        return struck

    def undo(self, killer: Striker, step: int) -> Struck:
        newest = self.newest().operation_id
        return self._strike(killer, "undo", step, "undo", restore=newest)

    def newest(self) -> RestoreOperation:
        return self.restores.newest(1)[0]

    def _strike(
        self, killer: Striker, work: str, step: int, phase: str, **arguments: str
    ) -> Struck:
        struck = killer.strike(
            work,
            step,
            server=SERVER,
            state=self.site.state,
            settings=self.site.settings,
            statements_from=phase,
            **arguments,
        )
        assert struck.how != "failed", struck.where
        return struck

    def each_step(
        self, faults: Faults, strike: Callable[[int], Struck], wanted: tuple[Content, ...]
    ) -> Iterator[Struck]:
        """Strike at each step, until it comes to its end; the content is one of ``wanted``."""
        for step in range(_MOST_STEPS):
            struck = strike(step)
            assert self.content() in wanted, struck.where
            yield struck
            if struck.how == "done":
                break
            faults.tried += 1
            faults.survived += 1
        else:
            pytest.fail("it never came to its end")
        assert faults.tried > 5


@pytest.fixture
def staged(postgres: EmbeddedServer, database: str, tmp_path: Path) -> Iterator[Stage]:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(TABLES.encode())
    with backup_site(tmp_path, postgres, database) as site:
        site.take()
        yield Stage(site)


def request(*tables: str, apply: str = "") -> RestoreRequest:
    chosen = tuple(ChosenTable(TableName("public", each)) for each in tables)
    if apply:
        return RestoreRequest(apply=apply, update=True, delete=True)
    return RestoreRequest(server=SERVER, merge=True, tables=chosen, dependents=True)


def test_a_dropped_table_is_back_as_a_whole_or_not_at_all(
    staged: Stage, killer: Striker, faults: Faults
) -> None:
    whole = staged.content()
    staged.run("DROP TABLE orders CASCADE")
    dropped = staged.content()

    def strike(step: int) -> Struck:
        return staged.merge(killer, request("orders"), step)

    for struck in staged.each_step(faults, strike, (dropped, whole)):
        operation = staged.newest()
        if struck.how == "done":
            assert staged.content() == whole
            assert staged.schemas() == 1
            break
        assert operation.status is RestoreStatus.INTERRUPTED
        assert staged.schemas() <= 1
        if staged.content() == whole:
            staged.restores.undo(operation)
            assert staged.content() == dropped


def test_rows_are_merged_as_a_whole_or_not_at_all(
    staged: Stage, killer: Striker, faults: Faults
) -> None:
    whole = staged.content()
    staged.run(
        "DELETE FROM items WHERE id < 100; UPDATE orders SET note = 'bad' WHERE id > 400;"
        " INSERT INTO orders (note) VALUES ('new')"
    )
    damaged = staged.content()
    assert staged.merge(killer, request("orders", "items"), _NEVER).how == "done"
    first = staged.newest().operation_id

    def strike(step: int) -> Struck:
        return staged.merge(killer, request(apply=first), step)

    for struck in staged.each_step(faults, strike, (damaged, whole)):
        if struck.how == "done":
            assert staged.content() == whole
        elif staged.content() == whole:
            staged.restores.undo(staged.newest())
            assert staged.content() == damaged


def test_staging_changes_no_table_wherever_it_dies_and_is_cleared_by_the_next(
    staged: Stage, killer: Striker, faults: Faults
) -> None:
    staged.run("DELETE FROM items WHERE id < 100")
    damaged = staged.content()

    def strike(step: int) -> Struck:
        return staged.merge(killer, request("items"), step)

    for _ in staged.each_step(faults, strike, (damaged,)):
        staged.newest()
    assert staged.schemas() <= 2


def test_an_undo_takes_all_of_it_away_or_nothing(
    staged: Stage, killer: Striker, faults: Faults
) -> None:
    whole = staged.content()
    staged.run("DROP TABLE orders CASCADE")
    dropped = staged.content()
    assert staged.merge(killer, request("orders"), _NEVER).how == "done"

    def strike(step: int) -> Struck:
        return staged.undo(killer, step)

    for struck in staged.each_step(faults, strike, (dropped, whole)):
        if struck.how == "done":
            assert staged.content() == dropped
