"""Restores to a scratch server, and drills, that are killed: nothing of them stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.api.drills import Drills
from core.api.restores import RestoreRequest, Restores, write_plan
from core.config.drill_settings import DrillSettings
from core.errors import PgvigilError, RestoreError
from core.model.drill import DrillStatus
from core.model.job import JobKind, JobOrder
from core.model.restore_operation import RestoreStatus
from core.postgres.embedded import EmbeddedServer, folder, residents
from core.restore.job import PLAN
from core.restore.scratch.server import PREFIX
from core.schedule.jobs import new_job_id
from tests.faults.figures import Faults
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import SERVER, BackupSite, backup_site
from tests.servers.scratch_place import scratch_place
from tests.servers.small_disk import small_disk
from tests.servers.striking import Striker

pytestmark = pytest.mark.fault


@pytest.fixture
def place() -> Iterator[Path]:
    with scratch_place() as made:
        yield made


@pytest.fixture
def site(
    postgres: EmbeddedServer, database: str, tmp_path: Path, place: Path
) -> Iterator[BackupSite]:
    run(database, TABLES)
    with backup_site(tmp_path, postgres, database) as made:
        made.settings = replace(made.settings, drill=DrillSettings(folder=str(place)))
        made.take()
        yield made


@pytest.mark.parametrize(
    "phase",
    ["start a server", "fetch", "definitions", "rows", "indexes and constraints", "validate"],
)
def test_what_a_killed_restore_left_goes_with_the_next_look(
    site: BackupSite, place: Path, killer: Striker, faults: Faults, phase: str
) -> None:
    restores = Restores(site.settings, site.store, site.state)
    plan = write_plan(restores.plan(restores.wish(RestoreRequest(scratch=True)))).decode()
    job_id = new_job_id()
    order = JobOrder(JobKind.RESTORE, SERVER, "berta@bastion", {PLAN: plan})
    site.store.jobs.submit(job_id, order)
    faults.tried += 1
    struck = killer.strike(
        "restore",
        0,
        server=SERVER,
        state=site.state,
        settings=site.settings,
        job_id=job_id,
        at_phase=phase,
        **{PLAN: plan},
    )
    assert struck.how == "killed", struck.where
    assert bool(list(place.glob(f"{PREFIX}*"))) == (phase != "start a server")
    (operation,) = restores.newest(1)
    assert operation.status is RestoreStatus.INTERRUPTED
    assert list(place.iterdir()) == []
    assert list(residents(place)) == []
    assert site.leftovers() == set()
    faults.survived += 1


@pytest.mark.parametrize(
    ("kind", "phase"),
    [
        ("restore", "fetch"),
        ("restore", "rows"),
        ("restore", "validate"),
        ("restore", "clean up"),
        ("sabotage", "copy"),
        ("sabotage", "sabotage"),
    ],
)
def test_what_a_killed_drill_left_goes_with_the_next_look(
    site: BackupSite, place: Path, killer: Striker, faults: Faults, kind: str, phase: str
) -> None:
    job_id = new_job_id()
    site.store.jobs.submit(job_id, JobOrder(JobKind.DRILL, SERVER, "berta@bastion", {"kind": kind}))
    faults.tried += 1
    struck = killer.strike(
        "drill",
        0,
        server=SERVER,
        state=site.state,
        settings=site.settings,
        job_id=job_id,
        at_phase=phase,
        kind=kind,
    )
    assert struck.how == "killed", struck.where
    assert bool(list(place.glob(f"{PREFIX}*"))) == (kind == "restore")
    (drill,) = Drills(site.settings, site.store, site.state).newest(9)
    assert (drill.status, drill.kind.value) == (DrillStatus.INTERRUPTED, kind)
    assert drill.seal is not None
    assert list(place.iterdir()) == []
    assert list(residents(place)) == []
    assert site.leftovers() == set()
    faults.survived += 1


def test_a_disk_that_is_full_is_told_with_the_folder_to_change(
    site: BackupSite, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "small", "16m") as small:
        small.chmod(0o711)
        site.settings = replace(site.settings, drill=DrillSettings(folder=str(small)))
        restores = Restores(site.settings, site.store, site.state)
        with pytest.raises(PgvigilError) as told:
            restores.plan(restores.wish(RestoreRequest(scratch=True)))
        assert "[drill] folder" in told.value.remedy
        assert list(small.iterdir()) == []


def test_a_disk_that_fills_while_the_server_is_made_is_told_without_its_statements(
    site: BackupSite, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that it looks as if there were room, as where others write to the disk meanwhile.
    monkeypatch.setattr(folder, "_SPACE_NEEDED", 1_000_000)
    with small_disk(place / "small", "24m") as small:
        small.chmod(0o711)
        site.settings = replace(site.settings, drill=DrillSettings(folder=str(small)))
        restores = Restores(site.settings, site.store, site.state)
        with pytest.raises(RestoreError, match="scratch server can't be made") as told:
            restores.plan(restores.wish(RestoreRequest(scratch=True)))
        assert "No space left on device" in told.value.why
        assert "[drill] folder" in told.value.remedy
        assert not re.search("SELECT|CREATE|;.*;", told.value.why)
        assert list(small.iterdir()) == []
