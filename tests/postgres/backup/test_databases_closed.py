"""Every database was asked for, and one lets the role not in: that is a failure, and is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from core.assess.backups import findings
from core.assess.situation import Situation
from core.backup.progress import SilentReporter
from core.backup.run import run_backup_job
from core.config.settings import ServerSettings
from core.errors import BackupError, PreflightError
from core.schedule.overview import read_light
from tests.postgres.backup.conftest import run
from tests.postgres.backup.taken import DAY, attempts
from tests.servers.backing_up import SERVER, BackupSite
from tests.servers.everything import empty_database


class Telling(SilentReporter):
    """Keeps what is noted."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


KEEPER = 'keeper of "all"'
QUOTED = '"keeper of ""all"""'


@pytest.fixture
def closed(site: BackupSite) -> Iterator[str]:
    """The name of a database that nobody but superusers may connect to."""
    with empty_database(site.server) as name:
        run(site.dsn, f"REVOKE CONNECT ON DATABASE {name} FROM public")
        yield name


@pytest.fixture
def keeper(site: BackupSite, closed: str) -> Iterator[BackupSite]:
    """The host as a role that may read everything; of the server only two databases count."""
    run(site.dsn, f"CREATE ROLE {QUOTED} LOGIN PASSWORD 'x' IN ROLE pg_read_all_data")
    run(site.dsn, "SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
    with psycopg.connect(site.dsn) as connection:
        rows = connection.execute("SELECT datname FROM pg_database").fetchall()
    others = {name for (name,) in rows} - {closed, site.server_database}
    backup = replace(
        site.settings.backup, databases=("all",), exclude_databases=tuple(sorted(others))
    )
    dsn = make_conninfo(site.dsn, user=KEEPER, password="x")
    yield site.changed(servers={SERVER: ServerSettings(dsn=dsn)}, backup=backup)
    run(site.dsn, f"DROP ROLE {QUOTED}")


def test_the_others_are_backed_up_and_it_has_failed(keeper: BackupSite, closed: str) -> None:
    results = {result.database: result for result in keeper.results()}
    assert set(results) == {closed, keeper.server_database}
    assert results[keeper.server_database].error is None
    error = results[closed].error
    assert isinstance(error, PreflightError)
    assert closed in error.what
    assert f"GRANT CONNECT ON DATABASE {closed} TO {QUOTED}" in error.remedy
    assert "exclude_databases" in error.remedy
    assert {(run.database, run.status) for run in attempts(keeper)} == {
        (closed, "failed"),
        (keeper.server_database, "completed"),
    }


def test_the_job_fails_and_names_it_and_a_finding_says_so(keeper: BackupSite, closed: str) -> None:
    with pytest.raises(BackupError, match="1 of 2 databases") as told:
        run_backup_job(keeper.store, keeper.settings, keeper.order(), SilentReporter())
    assert closed in told.value.why
    now = datetime.now(UTC) + DAY
    overview = read_light(keeper.store, keeper.settings, SERVER, now)
    situation = Situation(now, keeper.settings.thresholds, backups=overview)
    told_of = {each.fingerprint: each for each in findings(situation)}
    assert closed in told_of["backups.last_run"].title
    assert closed in told_of["backups.none"].title


def test_one_that_the_config_leaves_out_is_no_failure(keeper: BackupSite, closed: str) -> None:
    excluded = (*keeper.settings.backup.exclude_databases, closed)
    without = keeper.changed(backup=replace(keeper.settings.backup, exclude_databases=excluded))
    (result,) = without.results()
    assert result.error is None


def test_one_that_an_interrupted_drop_left_is_left_out_and_said(
    keeper: BackupSite, closed: str
) -> None:
    run(keeper.server.dsn(), f"UPDATE pg_database SET datconnlimit = -2 WHERE datname = '{closed}'")
    order, told = keeper.order(), Telling()
    sentence = run_backup_job(keeper.store, keeper.settings, order, told)
    assert f"DROP DATABASE {closed}" in sentence
    assert any(f"database {closed} is left out" in note for note in told.notes)
    assert {(run.database, run.status) for run in attempts(keeper)} == {
        (keeper.server_database, "completed")
    }
    (asked,) = keeper.results(database=closed)
    assert asked.error is not None
    assert f'DROP DATABASE "{closed}"' in asked.error.remedy
