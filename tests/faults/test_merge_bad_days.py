"""Bad days of a merge: live tables are as they were, words are clear, the next one succeeds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from core.api.restores import RestoreRequest
from core.errors import PgvigilError
from core.model.backup import TableName
from core.model.restore import ChosenTable
from core.model.restore_operation import RestoreStatus, Verdict
from core.postgres.embedded import EmbeddedServer, ServerAccount
from tests.faults.backups_on_bad_days import Acting
from tests.faults.live_merges import (
    DAMAGES,
    DROPPED,
    Damaged,
    Live,
    blocking,
    copied,
    damaged,
    live,
    on,
    prepared,
    site,
)
from tests.servers.backing_up import SERVER, BackupSite
from tests.servers.small_disk import fill, small_disk
from tests.servers.waiting import eventually

__all__ = ["damaged", "live", "site"]

pytestmark = pytest.mark.fault

DIES_AT_COMMIT = """
CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON items DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION dies();
"""


def restart(server: EmbeddedServer, session: int) -> None:
    del session
    server.restart()


def crash(server: EmbeddedServer, session: int) -> None:
    del session
    server.kill()
    server.start()


def terminate(server: EmbeddedServer, session: int) -> None:
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", [session])


@pytest.mark.parametrize(
    ("damage", "strike"),
    [
        ("a dropped table", restart),
        ("a dropped table", terminate),
        ("rows", crash),
        ("rows", terminate),
    ],
)
def test_a_connection_that_is_lost_changes_nothing_and_the_next_merge_succeeds(
    live: Live, damage: str, strike: Callable[[EmbeddedServer, int], None]
) -> None:
    live, wanted = prepared(live, damage)
    before = live.content()
    with live.stuck(wanted) as (session, merged):
        strike(live.site.server, session)
        told = merged.result(60)
    assert isinstance(told, PgvigilError)
    assert "lost in the middle" in told.what
    assert told.remedy.startswith("nothing was changed")
    assert live.content() == before
    live.merge(wanted)
    assert live.content() == live.undamaged
    assert live.schemas() == 1


def test_a_lock_that_is_not_given_is_told_with_who_holds_it(damaged: Damaged) -> None:
    live, wanted = damaged
    before, patient = live.content(), live.site
    live.site = patient.changed(dump=replace(patient.settings.dump, lock_wait_seconds=1))
    with psycopg.connect(live.dsn, application_name="a migration") as holder:
        holder.execute(blocking(wanted))
        told = live.fails(wanted)
    assert "a migration" in told.why
    assert told.remedy.startswith("nothing was changed")
    assert live.content() == before
    live.site = patient
    live.merge(wanted)
    assert live.content() == live.undamaged


def test_a_second_merge_of_the_same_table_is_told_who_is_at_it(damaged: Damaged) -> None:
    live, wanted = damaged
    with live.stuck(wanted) as (_, merged):
        told = live.fails(wanted)
        assert "under way" in told.what
        assert "anna@bastion" in told.why
    assert not isinstance(merged.result(60), PgvigilError)
    assert live.content() == live.undamaged


def test_of_two_that_do_not_know_of_each_other_one_merges_and_one_changes_nothing(
    damaged: Damaged, tmp_path: Path
) -> None:
    live, wanted = damaged
    with ThreadPoolExecutor(1) as pool:
        with live.stuck(wanted) as (session, merged):
            other = pool.submit(live.merge_unseen, wanted, tmp_path)
            eventually(lambda: set(live.sessions("Lock")) - {session})
        outcomes = [merged.result(60), other.result(60)]
    (refused,) = (each for each in outcomes if isinstance(each, PgvigilError))
    assert "nothing was" in f"{refused.what} {refused.remedy}"
    assert live.content() == live.undamaged


def test_one_that_does_not_stop_when_it_is_cancelled_is_ended_and_known_to_be_over(
    live: Live,
) -> None:
    live.run(DROPPED)
    before, store = live.content(), live.site.store
    settings = live.site.settings
    live.site = live.site.changed(
        jobs=replace(settings.jobs, cancel_seconds=0.5),
        dump=replace(settings.dump, lock_wait_seconds=600),
    )
    table = ChosenTable(TableName("public", "items"))
    request = RestoreRequest(SERVER, merge=True, tables=(table,), name=live.name)
    with psycopg.connect(live.dsn) as holder:
        holder.execute(blocking({}))
        job_id = live.restores.start(live.restores.plan(live.restores.wish(request)))
        live.session("Lock")
        store.jobs.ask_cancel(job_id)
        eventually(lambda: live.restores.newest(1)[0].status.is_over, within=30)
    (operation,) = live.restores.newest(1)
    assert (operation.operation_id, operation.status) == (job_id, RestoreStatus.INTERRUPTED)
    eventually(lambda: not live.sessions("Lock"))
    assert live.content() == before
    live.merge()
    assert live.content() == live.undamaged
    assert live.schemas() == 1


def test_a_merge_whose_commit_nobody_confirmed_is_looked_for_and_found(damaged: Damaged) -> None:
    live, wanted = damaged
    with live.stuck(wanted) as (_, merged):
        live.wait_for_standby(wanted=True)
    try:
        terminate(live.site.server, live.session("IPC"))
    finally:
        live.wait_for_standby(wanted=False)
    outcome = merged.result(60)
    assert isinstance(outcome, tuple), outcome
    operation, _ = outcome
    if wanted:
        assert (operation.verdict, live.content()) == (Verdict.PROVEN, live.undamaged)
        return
    assert operation.differences == (
        "foreign key items_order_id_fkey of public.items is not validated: the connection was lost"
        " after the merge",
    )
    live.run("ALTER TABLE items VALIDATE CONSTRAINT items_order_id_fkey")
    assert live.content() == live.undamaged
    live.restores.undo(operation)
    assert "items" not in str(live.content())


def test_a_commit_that_came_to_nothing_is_told_so(live: Live) -> None:
    live, wanted = prepared(live, "rows")
    before = live.content()
    live.run(DIES_AT_COMMIT)
    told = live.fails(wanted)
    assert told.what == "The connection was lost, and the merge came to nothing"
    assert told.remedy.startswith("nothing was changed")
    live.run("DROP TRIGGER dies ON items")
    assert live.content() == before
    live.merge(wanted)
    assert live.content() == live.undamaged


def test_the_servers_disk_fills(site: BackupSite, account: ServerAccount) -> None:
    with small_disk(site.server.folder / "small", "40m") as disk:
        account.own(disk)
        place = sql.Literal(str(disk)).as_string()
        on(site.server, f"CREATE TABLESPACE small LOCATION {place}")
        try:
            for what in DAMAGES:
                with copied(site, "small") as live:
                    check_full_disk(*prepared(live, what), disk)
        finally:
            on(site.server, "DROP TABLESPACE small")


def check_full_disk(live: Live, wanted: Mapping[str, object], disk: Path) -> None:
    before = live.content()
    with live.stuck(wanted) as (_, merged):
        ballast = fill(disk)
    told = merged.result(60)
    assert isinstance(told, PgvigilError), told
    assert "disk was full" in told.what
    assert told.remedy.startswith("nothing was changed")
    assert live.content() == before
    ballast.unlink()
    live.merge(wanted)
    assert live.content() == live.undamaged


@pytest.mark.parametrize("when", ["before", "while it is fetched"])
def test_the_copy_of_the_backup_goes_away(live: Live, tmp_path: Path, when: str) -> None:
    live.run(DROPPED)
    before = live.content()
    local, away = live.site.local, tmp_path / "away"

    def take_away() -> None:
        shutil.move(local, away)

    phase = "prepare" if when == "before" else "fetch"
    told = live.fails(reporter=Acting(phase, take_away))
    assert str(local) in f"{told.what} {told.why}" or "local" in told.what
    assert live.content() == before
    shutil.move(away, local)
    live.merge()
    assert live.content() == live.undamaged


def test_a_copy_that_goes_away_once_it_was_fetched_is_missed_by_nobody(
    live: Live, tmp_path: Path
) -> None:
    live.run(DROPPED)
    local, away = live.site.local, tmp_path / "away"
    try:
        live.merge(reporter=Acting("definitions", lambda: shutil.move(local, away)))
    finally:
        shutil.move(away, local)
    assert live.content() == live.undamaged
