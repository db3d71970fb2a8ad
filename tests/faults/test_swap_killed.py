"""A swap, and its undo, killed before each single statement from the exchange on.

Whatever the step: after the next look a whole database answers under the live name, either what was
live before or what was swapped in; and what is written down says which.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from core.api.restores import RestoreRequest, Restores, write_plan
from core.model.job import JobKind, JobOrder
from core.model.restore_operation import RestoreStatus
from core.postgres.embedded import EmbeddedServer
from core.restore.job import PLAN
from core.schedule.jobs import new_job_id
from tests.faults.figures import Faults
from tests.faults.live_orders import LIVE, SOUND, make_live
from tests.servers.backing_up import SERVER, BackupSite, backup_site
from tests.servers.factory import ServerFactory
from tests.servers.striking import Striker
from tests.servers.struck_program import Struck

pytestmark = pytest.mark.fault

DAMAGED = 3
_MOST_STEPS = 60


@dataclass
class Stage:
    """A server whose live database lost most rows after its backup."""

    site: BackupSite
    server: EmbeddedServer

    @property
    def restores(self) -> Restores:
        return Restores(self.site.settings, self.site.store, self.site.state)

    def execute(self, statement: str, name: str | None = None) -> None:
        dsn = self.server.dsn(name) if name else self.server.dsn()
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(statement.encode())

    def rows(self) -> int:
        """The rows of what answers under the live name."""
        with psycopg.connect(self.server.dsn(LIVE)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM orders").fetchone() or (0,)
        return int(count)

    def others(self) -> set[str]:
        with psycopg.connect(self.server.dsn()) as connection:
            found = connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate")
            return {name for (name,) in found} - {"postgres", LIVE}

    def repaired(self, restore: str) -> list[str]:
        """What the audit log tells was settled after a swap."""
        entries = self.site.store.audit.entries(_MOST_STEPS)
        settled = (each for each in entries if each.action == "settle an interrupted swap")
        return [each.details["what"] for each in settled if each.details["restore"] == restore]

    def afresh(self) -> None:
        """As it was before anything was restored: the live database and nothing beside it."""
        for name in self.others():
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            self.execute(drop.as_string())
        self.execute(f"DELETE FROM orders WHERE id > {DAMAGED}", LIVE)

    def swap(self, killer: Striker, step: int) -> Struck:
        """Killed before a step, and looked after as the next command or watcher does."""
        wish = self.restores.wish(RestoreRequest(server=SERVER, swap=True))
        plan = write_plan(self.restores.plan(wish)).decode()
        job_id = new_job_id()
        order = JobOrder(JobKind.RESTORE, SERVER, "berta@bastion", {PLAN: plan})
        self.site.store.jobs.submit(job_id, order)
        return self._strike(killer, "restore", step, "swap", job_id=job_id, **{PLAN: plan})

    def undo(self, killer: Striker, step: int) -> Struck:
        newest = self.restores.newest(1)[0].operation_id
        return self._strike(killer, "undo", step, "undo", restore=newest)

    def _strike(
        self, killer: Striker, work: str, step: int, phase: str, **arguments: str
    ) -> Struck:
        site = self.site
        struck = killer.strike(
            work,
            step,
            server=SERVER,
            state=site.state,
            settings=site.settings,
            statements_from=phase,
            **arguments,
        )
        assert struck.how != "failed", struck.where
        return struck


@pytest.fixture
def staged(start_server: ServerFactory, tmp_path: Path) -> Iterator[Stage]:
    server = start_server()
    make_live(server)
    with backup_site(tmp_path, server, server.dsn(LIVE)) as site:
        site.take()
        yield Stage(site, server)


def test_a_swap_killed_at_each_step_leaves_one_whole_database_under_the_live_name(
    staged: Stage, killer: Striker, faults: Faults
) -> None:
    for step in range(_MOST_STEPS):
        staged.afresh()
        struck = staged.swap(killer, step)
        (operation, *_) = staged.restores.newest(1)
        if struck.how == "done":
            assert staged.rows() == SOUND
            break
        faults.tried += 1
        was_swapped = staged.rows() == SOUND
        assert staged.rows() in {SOUND, DAMAGED}
        wanted = RestoreStatus.COMPLETED if was_swapped else RestoreStatus.INTERRUPTED
        assert (operation.status, operation.closing) == (wanted, None), struck.where
        if was_swapped:
            (told,) = staged.repaired(operation.operation_id)
            assert told.startswith("the names were exchanged before it died")
            staged.restores.undo(operation)
            assert staged.rows() == DAMAGED
        faults.survived += 1
    else:
        pytest.fail("it never came to its end")
    assert faults.tried > 5


def test_an_undo_killed_at_each_step_leaves_one_whole_database_under_the_live_name(
    staged: Stage, killer: Striker, faults: Faults
) -> None:
    for step in range(_MOST_STEPS):
        staged.afresh()
        assert staged.swap(killer, _MOST_STEPS * 10).how == "done"
        struck = staged.undo(killer, step)
        assert staged.restores.newest(1)[0].closing is None
        assert staged.rows() in {SOUND, DAMAGED}, struck.where
        if struck.how == "done":
            assert staged.rows() == DAMAGED
            break
        faults.tried += 1
        faults.survived += 1
    else:
        pytest.fail("it never came to its end")
    assert faults.tried > 3
