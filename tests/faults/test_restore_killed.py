"""A restore that is killed in each of its phases: what is live stays, and what it left goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from core.api.restores import RestoreRequest, Restores, write_plan
from core.backup.fingerprint import compare
from core.model.fingerprint import Fingerprint
from core.model.job import JobKind, JobOrder
from core.model.restore import TargetKind
from core.model.restore_operation import RestoreOperation, RestoreStatus, Verdict
from core.restore.audited import CLEARED
from core.restore.job import PLAN
from core.restore.target.create import left_behind
from core.schedule.jobs import new_job_id
from tests.postgres.backup.conftest import site
from tests.servers.backing_up import SERVER, BackupSite
from tests.servers.dumping import fingerprint
from tests.servers.striking import Striker

__all__ = ["site"]

pytestmark = pytest.mark.fault
PHASES = ("prepare", "fetch", "definitions", "rows", "indexes and constraints", "validate")
NAME = "brought back"


@dataclass
class Struck:
    """A host whose restore was killed."""

    site: BackupSite
    killer: Striker
    job_id: str = ""

    @property
    def restores(self) -> Restores:
        return Restores(self.site.settings, self.site.store, self.site.state)

    def die_in(self, phase: str, target: TargetKind) -> None:
        name = "" if target is TargetKind.SWAP else NAME
        request = RestoreRequest(SERVER, name=name, swap=target is TargetKind.SWAP)
        plan = write_plan(self.restores.plan(self.restores.wish(request))).decode()
        self.job_id = new_job_id()
        order = JobOrder(JobKind.RESTORE, SERVER, "berta@bastion", {PLAN: plan})
        self.site.store.jobs.submit(self.job_id, order)
        struck = self.killer.strike(
            "restore",
            0,
            server=SERVER,
            state=self.site.state,
            settings=self.site.settings,
            job_id=self.job_id,
            at_phase=phase,
            **{PLAN: plan},
        )
        assert struck.how == "killed", struck.where

    @property
    def operation(self) -> RestoreOperation:
        (found,) = (e for e in self.restores.newest(9) if e.operation_id == self.job_id)
        return found

    def live(self) -> Fingerprint:
        return fingerprint(self.site.dsn, seeds=(1, 2))

    def left(self) -> tuple[tuple[str, str], ...]:
        with psycopg.connect(self.site.server.dsn()) as connection:
            return left_behind(connection)


@pytest.fixture
def struck(site: BackupSite, killer: Striker) -> Iterator[Struck]:
    site.take()
    made = Struck(site, killer)
    yield made
    for name, _ in made.left():
        with psycopg.connect(site.server.dsn(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.mark.parametrize("target", [TargetKind.BESIDE, TargetKind.SWAP])
@pytest.mark.parametrize("phase", PHASES)
def test_nothing_of_it_stays_and_what_is_live_is_as_it_was(
    struck: Struck, phase: str, target: TargetKind
) -> None:
    before = struck.live()
    struck.die_in(phase, target)
    operation = struck.operation

    assert (operation.status, operation.closing) == (RestoreStatus.INTERRUPTED, None)
    assert struck.site.leftovers() == set()
    assert compare(before, struck.live()) == ()
    if struck.left():
        struck.restores.undo(operation)
    assert struck.left() == ()


def test_the_next_restore_takes_away_what_it_left_and_succeeds(struck: Struck) -> None:
    struck.die_in("rows", TargetKind.BESIDE)
    assert struck.operation.status is RestoreStatus.INTERRUPTED
    assert [name for name, _ in struck.left()] == [NAME]

    request = RestoreRequest(SERVER, name=f"{NAME} again")
    plan = struck.restores.plan(struck.restores.wish(request))
    job = struck.restores.follow(struck.restores.start(plan), lambda _: None)
    operation = struck.restores.find(job.job_id)
    assert operation.verdict is Verdict.PROVEN, job.result
    assert struck.left() == ()
    entries = struck.site.store.audit.entries(9)
    ended = [each.details["status"] for each in entries if each.action == "end of restore"]
    assert ended == ["completed", "interrupted"]
    (cleared,) = (each for each in entries if each.action == CLEARED)
    assert (cleared.target, cleared.who) == (SERVER, operation.who)
    assert cleared.details["what"].startswith(f"dropped database {NAME}, which restore")
    struck.restores.undo(operation)
