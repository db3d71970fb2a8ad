"""What restores left is cleared by a watcher, and nothing that is somebody's."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from core.api.launch import Launch
from core.config.drill_settings import DrillSettings
from core.config.restore_settings import RestoreSettings
from core.engine.order import Stay
from core.engine.watcher import Watcher
from core.model.job import JobKind, JobOrder, JobState
from core.model.link import ServerEntry
from core.model.restore import TargetKind
from core.model.restore_operation import Aside, RestoreOperation, RestoreStatus
from core.postgres.embedded import ClaimedFolder, ServerAccount
from core.restore.audited import CLEARED
from core.restore.chores import clear_host, clear_server
from core.restore.merge import journal
from core.restore.right import restoring_alone
from core.restore.scratch.server import PREFIX
from core.restore.target.create import create_statements
from core.schedule.jobs import new_job_id
from tests.faults.live_merges import Live, live, on, prepared, site
from tests.servers.backing_up import SERVER, BackupSite
from tests.servers.scratch_place import scratch_place
from tests.servers.watching import until

__all__ = ["live", "site"]

pytestmark = pytest.mark.fault
NOW = datetime.now(UTC)


def noted(
    site: BackupSite,
    status: RestoreStatus,
    *,
    has_job: bool = True,
    ended: datetime = NOW,
    **more: object,
) -> RestoreOperation:
    """A restore as the store knows it, whose job is over where it is."""
    job_id = new_job_id()
    made = RestoreOperation(
        operation_id=job_id,
        server_id=SERVER,
        database="source",
        backup_id="b",
        repository="local",
        what="everything",
        target=TargetKind.BESIDE,
        target_server=SERVER,
        target_database=f"again_{job_id[-8:]}",
        who="anna@bastion",
        status=status,
        created_at=NOW,
    )
    made = replace(made, **more)  # type: ignore[arg-type]
    if has_job:
        site.store.jobs.submit(job_id, JobOrder(JobKind.RESTORE, SERVER, "anna@bastion"))
    site.store.restore_operations.begin(made)
    if status.is_over:
        site.store.jobs.finish(job_id, JobState.INTERRUPTED, "")
        site.store.restore_operations.finish(job_id, ended, status, aside=made.aside)
    return made


def leave_unproven(site: BackupSite, operation: RestoreOperation) -> None:
    """The database of a restore, as it is before it was proven."""
    (entry,) = site.store.catalog.entries(SERVER)
    manifest = site.store.catalog.manifest(entry.backup_id)
    assert manifest is not None
    name, own = operation.target_database, operation.operation_id
    for each in create_statements(name, manifest.fingerprint, own, 180_000):
        on(site.server, each.as_string())


def databases(site: BackupSite) -> set[str]:
    with psycopg.connect(site.server.dsn()) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def cleared(site: BackupSite, now: datetime = NOW) -> tuple[str, ...]:
    return clear_server(site.store, site.settings, SERVER, now)


@pytest.fixture
def place() -> Iterator[Path]:
    with scratch_place() as made:
        yield made


@pytest.fixture(autouse=True)
def tidy(site: BackupSite) -> Iterator[None]:
    yield
    for name in databases(site):
        if name.startswith("again_"):
            on(site.server, f'DROP DATABASE "{name}" WITH (FORCE)')


def test_an_unproven_database_goes_once_its_restore_is_over(site: BackupSite) -> None:
    dead = noted(site, RestoreStatus.INTERRUPTED)
    running = noted(site, RestoreStatus.RUNNING)
    unknown = replace(running, operation_id="another-store", target_database="again_other")
    for each in (dead, running, unknown):
        leave_unproven(site, each)
    (told,) = cleared(site)
    assert dead.operation_id in told
    assert {running.target_database, "again_other"} <= databases(site)
    assert dead.target_database not in databases(site)
    newest = site.store.audit.entries(1)[0]
    assert (newest.action, newest.target, newest.details["what"]) == (CLEARED, SERVER, told)
    assert newest.who.startswith("watcher@")
    assert cleared(site) == ()


def test_a_restore_whose_job_is_forgotten_is_known_by_its_history(site: BackupSite) -> None:
    dead = noted(site, RestoreStatus.FAILED, has_job=False)
    leave_unproven(site, dead)
    assert len(cleared(site)) == 1


def test_an_unproven_database_that_somebody_renamed_stays(site: BackupSite) -> None:
    dead = noted(site, RestoreStatus.INTERRUPTED)
    leave_unproven(site, dead)
    used = f"{dead.target_database}_used"
    on(site.server, f'ALTER DATABASE "{dead.target_database}" RENAME TO "{used}"')
    assert cleared(site) == ()
    assert used in databases(site)


def test_what_is_in_use_stays(site: BackupSite) -> None:
    dead = noted(site, RestoreStatus.INTERRUPTED)
    leave_unproven(site, dead)
    with psycopg.connect(site.server.dsn(dead.target_database)):
        assert cleared(site) == ()
    assert dead.target_database in databases(site)


def test_where_somebody_restores_nothing_is_cleared_before_he_has_done(site: BackupSite) -> None:
    dead = noted(site, RestoreStatus.INTERRUPTED)
    leave_unproven(site, dead)
    database = dead.target_database
    with restoring_alone(site.store, site.settings, SERVER, database, "berta on another host"):
        assert cleared(site) == ()
        assert database in databases(site)
    assert len(cleared(site)) == 1


def test_what_a_swap_put_aside_goes_when_its_time_of_grace_is_over(site: BackupSite) -> None:
    names = [f"again_{number}_before" for number in range(2)]
    for name in names:
        on(site.server, f"CREATE DATABASE {name} ALLOW_CONNECTIONS false")
    with psycopg.connect(site.server.dsn()) as connection:
        rows = connection.execute("SELECT datname::text, oid::int FROM pg_database").fetchall()
    oids = {str(name): int(oid) for name, oid in rows}
    for name in names:
        aside = Aside(name, oids[name])
        over = NOW - timedelta(days=8)
        noted(site, RestoreStatus.COMPLETED, target=TargetKind.SWAP, aside=aside, ended=over)
    on(site.server, f"ALTER DATABASE {names[1]} ALLOW_CONNECTIONS true")
    assert cleared(site, NOW - timedelta(days=2)) == ()
    (told,) = cleared(site)
    assert names[0] in told
    assert set(names) & databases(site) == {names[1]}, "somebody put the other one to use"


def test_a_clock_that_is_weeks_ahead_drops_nothing_that_a_swap_put_aside(site: BackupSite) -> None:
    on(site.server, "CREATE DATABASE again_ahead_before ALLOW_CONNECTIONS false")
    with psycopg.connect(site.server.dsn()) as connection:
        asked = "SELECT oid::int FROM pg_database WHERE datname = 'again_ahead_before'"
        (oid,) = connection.execute(asked).fetchone() or (0,)
    aside = Aside("again_ahead_before", int(oid))
    noted(site, RestoreStatus.COMPLETED, target=TargetKind.SWAP, aside=aside)
    assert not any(aside.name in told for told in cleared(site, NOW + timedelta(days=60)))
    assert aside.name in databases(site)


def test_the_schema_of_a_merge_that_came_to_nothing_goes(live: Live) -> None:
    live, wanted = prepared(live, "rows")
    staged = str(wanted["apply"])
    status, into = RestoreStatus.INTERRUPTED, live.name
    lost = noted(live.site, status, target=TargetKind.MERGE, target_database=into)
    with psycopg.connect(live.dsn, autocommit=True) as connection:
        journal.begin(connection, lost.operation_id)
        journal.note(connection, lost.operation_id, journal.STAGED, ["rows that nobody merges"])
    before = live.content()
    (told,) = cleared(live.site)
    assert journal.schema_of(lost.operation_id) in told
    assert live.schemas() == 1, f"{staged} can still be merged"
    assert live.content() == before
    live.merge(wanted)
    assert live.content() == live.undamaged
    cleared(live.site, NOW + timedelta(days=60))
    assert live.schemas() == 1, "this host's clock is weeks ahead: it can still be undone"
    schema = journal.schema_of(staged)
    on(
        live.site.server,
        f"UPDATE {schema}.journal SET written_at = now() - interval '9 days'",
        into,
    )
    cleared(live.site)
    assert live.schemas() == 0


def test_a_scratch_server_that_a_dead_restore_had_kept_goes(
    site: BackupSite, place: Path, account: ServerAccount
) -> None:
    here = site.changed(drill=DrillSettings(folder=str(place)))
    dead = noted(site, RestoreStatus.INTERRUPTED, target=TargetKind.SCRATCH)
    wanted = noted(site, RestoreStatus.COMPLETED, target=TargetKind.SCRATCH)
    folders = []
    for each in (dead, wanted):
        claimed = ClaimedFolder(PREFIX, account, [place])
        claimed.keep(each.operation_id)
        folders.append(claimed.path)
    (told,) = clear_host(here.store, here.settings)
    assert dead.operation_id in told
    assert [each.exists() for each in folders] == [False, True]
    assert clear_host(here.store, here.settings) == ()


def test_where_nobody_ever_restored_nothing_is_loaded_that_knows_how(tmp_path: Path) -> None:
    """In a process of its own, as this one has it all."""
    program = (
        "import sys; from pathlib import Path; from core.clock import SystemClock;"
        " from core.config.settings import Settings; from core.engine.chores import _clear;"
        " from core.store.store import Store; settings = Settings();"
        " store = Store.open(settings.store, state_folder=Path(sys.argv[1]), migrate=True);"
        " _clear(store, settings, ['shop'], SystemClock()); store.close();"
        " print('core.restore' in sys.modules)"
    )
    words = [sys.executable, "-c", program, str(tmp_path)]
    told = subprocess.run(words, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


async def test_a_watcher_does_it_by_itself(site: BackupSite) -> None:
    dead = noted(site, RestoreStatus.INTERRUPTED)
    leave_unproven(site, dead)
    settings = replace(site.settings, restore=RestoreSettings(clear_hours=0.5 / 3600))
    launch = Launch((ServerEntry(SERVER, SERVER, "target"),), settings, site.state)
    watcher = Watcher(launch.order(Stay.FOREVER))
    running = asyncio.create_task(watcher.run())
    try:
        await asyncio.to_thread(until, lambda: dead.target_database not in databases(site))
        await asyncio.to_thread(until, lambda: site.store.audit.entries(1)[0].action == CLEARED)
    finally:
        watcher.stop()
        await running
