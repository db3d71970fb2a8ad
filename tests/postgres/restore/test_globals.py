"""Roles, memberships, settings and tablespaces that a server lacks, made again from a backup."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from core.api import restore_targets as targets
from core.api import restore_wizard as wizard
from core.api.restorable import contents_of
from core.api.restores import Restores, read_plan
from core.model.recovery import RecoveryPoint
from core.model.restore import RestorePlan
from core.model.restore_draft import Symptom
from core.postgres.embedded import EmbeddedServer, ServerAccount
from tests.conftest import ProgramsOf
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import SERVER, backup_site
from tests.servers.backup_host import Host
from tests.servers.factory import ServerFactory

ROLES = r"""
CREATE ROLE anna LOGIN PASSWORD 'let me in' VALID UNTIL '2040-01-01';
CREATE ROLE "B'ob; ""b"" 1" SUPERUSER;
CREATE ROLE old;
GRANT old TO anna WITH ADMIN OPTION;
GRANT pg_monitor TO "B'ob; ""b"" 1";
ALTER ROLE anna SET search_path TO a, "b;c";
ALTER ROLE anna SET application_name TO 'it''s; \me';
COMMENT ON ROLE anna IS E'a\n\\ ''comment''; of two lines';
"""
GONE = """
DROP ROLE "B'ob; ""b"" 1";
DROP ROLE anna;
"""
NO_TABLESPACE = "DROP TABLESPACE fast"
STATE = r"""
SELECT array_agg(r ORDER BY r.rolname)::text
  FROM (SELECT rolname, rolsuper, rolcanlogin, rolvaliduntil, rolconfig,
               shobj_description(oid, 'pg_authid') AS told,
               ARRAY (SELECT (roleid::regrole::text, admin_option) FROM pg_auth_members AS m
                       WHERE m.member = a.oid ORDER BY 1) AS member_of
          FROM pg_roles AS a WHERE rolname !~ '^pg_') AS r
"""


@pytest.fixture(params=[15, 18], ids=lambda major: f"postgresql {major}")
def host(
    request: pytest.FixtureRequest,
    programs_of: ProgramsOf,
    start_server: ServerFactory,
    tmp_path: Path,
) -> Iterator[Host]:
    """A host, and a server of its own whose roles nobody else changes."""
    server = start_server(programs=programs_of(request.param))
    run(server.dsn(), "CREATE DATABASE shop")
    run(server.dsn("shop"), TABLES)
    run(server.dsn(), ROLES)
    with backup_site(tmp_path, server, server.dsn("shop")) as site:
        yield Host(site)


@pytest.fixture
def place(host: Host, servers_folder: Path, account: ServerAccount) -> Iterator[Path]:
    """A folder for a tablespace, the server's own; it is on the server."""
    folder = servers_folder / f"tablespace of {os.getpid()}"
    folder.mkdir()
    account.own(folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def asked(server: EmbeddedServer, question: str) -> object:
    with psycopg.connect(server.dsn()) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def plan(host: Host, tmp_path: Path) -> tuple[Path, str]:
    out = tmp_path / "globals.plan"
    out.unlink(missing_ok=True)
    code, told, err = host.restores.run("plan", "shop", "--globals", "--out", out)
    assert (code, err) == (0, ""), told
    return out, told


def test_roles_that_are_gone_are_as_they_were_but_for_their_passwords(
    host: Host, tmp_path: Path
) -> None:
    server = host.site.server
    before = asked(server, STATE)
    host.site.take()
    run(server.dsn(), GONE)
    run(server.dsn(), "ALTER ROLE old CREATEDB")
    run(server.dsn(), "ALTER DATABASE shop SET default_transaction_read_only = on")
    out, told = plan(host, tmp_path)
    assert "CREATE ROLE anna" in told
    assert "ROLE old" not in told
    assert "PASSWORD" not in told
    assert by_the_wizard(host).steps == read_plan(out.read_bytes()).steps
    code, done, err = host.restores.run("run", out, "--confirm", "shop")
    assert (code, err) == (0, ""), done
    assert "2 roles, 2 memberships, 0 tablespaces" in done
    assert asked(server, STATE) == before
    assert asked(server, "SELECT rolpassword FROM pg_authid WHERE rolname = 'anna'") is None
    assert asked(server, "SELECT rolcreatedb FROM pg_roles WHERE rolname = 'old'") is True
    assert host.site.leftovers() == set()


def by_the_wizard(host: Host) -> RestorePlan:
    """The same, as the wizard's questions lead to it."""
    store, settings = host.site.store, host.site.settings
    (entry,) = store.catalog.entries(SERVER)
    now = datetime.now(UTC)
    begun = wizard.begin("d1", SERVER, "anna", "bastion", now)
    lost = wizard.happened(begun, Symptom.SERVER_LOST)
    moment = wizard.from_moment(lost, RecoveryPoint(entry, now))
    contents = contents_of(SERVER, entry.backup_id, store, settings)
    draft = wizard.globals_alone(moment, contents)
    option = targets.suggested(draft, targets.target_options(draft, list(settings.servers), now))
    assert option is not None
    restores = Restores(settings, store, host.site.state)
    request = wizard.request_of(wizard.to_target(draft, option))
    return restores.plan(restores.wish(request))


def test_where_all_is_there_nothing_is_done(host: Host, tmp_path: Path) -> None:
    host.site.take()
    before = asked(host.site.server, STATE)
    out, told = plan(host, tmp_path)
    assert "nothing is: nothing would be done" in told
    assert host.restores.run("run", out, "--confirm", "shop")[0] == 0
    assert asked(host.site.server, STATE) == before

    run(host.site.server.dsn(), "REVOKE old FROM anna")
    revoked = asked(host.site.server, STATE)
    out, told = plan(host, tmp_path)
    assert "only what is left out: nothing would be done" in told
    code, done, err = host.restores.run("run", out, "--confirm", "shop")
    assert (code, err) == (1, ""), done
    assert "left out: GRANT old TO anna WITH ADMIN OPTION" in done
    assert asked(host.site.server, STATE) == revoked


def test_a_statement_that_is_refused_leaves_no_role_behind(host: Host, tmp_path: Path) -> None:
    server = host.site.server
    host.site.take()
    run(server.dsn(), GONE)
    out, _ = plan(host, tmp_path)
    run(server.dsn(), "CREATE ROLE anna")
    code, told, err = host.restores.run("run", out, "--confirm", "shop")
    assert (code, "does not hold any more" in told + err) == (2, True)
    assert asked(server, "SELECT count(*) FROM pg_roles WHERE rolname ~ 'ob'") == 0


def test_a_tablespace_comes_back_where_its_folder_is_there(
    host: Host, tmp_path: Path, place: Path
) -> None:
    server = host.site.server
    run(server.dsn(), f"CREATE TABLESPACE fast OWNER anna LOCATION '{place}'")
    run(server.dsn(), "GRANT CREATE ON TABLESPACE fast TO old")
    state = (
        "SELECT (pg_get_userbyid(spcowner), spcacl)::text FROM pg_tablespace WHERE spcname = 'fast'"
    )
    before = asked(server, state)
    host.site.take()
    run(server.dsn(), NO_TABLESPACE)
    run(server.dsn(), GONE)
    out, told = plan(host, tmp_path)
    assert str(place) in told
    code, done, err = host.restores.run("run", out, "--confirm", "shop")
    assert (code, err) == (0, ""), done
    assert asked(server, state) == before


def test_a_tablespace_without_its_folder_is_told_and_the_roles_are_made(
    host: Host, tmp_path: Path, place: Path
) -> None:
    server = host.site.server
    run(server.dsn(), f"CREATE TABLESPACE fast OWNER anna LOCATION '{place}'")
    host.site.take()
    run(server.dsn(), NO_TABLESPACE)
    run(server.dsn(), GONE)
    shutil.rmtree(place)
    out, _ = plan(host, tmp_path)
    code, done, err = host.restores.run("run", out, "--confirm", "shop")
    assert (code, err) == (1, ""), done
    assert "different: tablespace fast" in done
    assert asked(server, "SELECT count(*) FROM pg_roles WHERE rolname = 'anna'") == 1


def test_it_can_not_be_undone_and_says_why(host: Host, tmp_path: Path) -> None:
    host.site.take()
    run(host.site.server.dsn(), GONE)
    out, _ = plan(host, tmp_path)
    assert host.restores.run("run", out, "--confirm", "shop")[0] == 0
    code, _, err = host.restores.run("undo", "last", "--confirm", "shop")
    assert (code, "drop by hand" in err) == (3, True), err


@pytest.mark.parametrize("more", [("--swap",), ("--table", "orders"), ("--name", "x")])
def test_nothing_of_a_database_is_asked_for_beside(host: Host, more: tuple[str, ...]) -> None:
    host.site.take()
    code, _, err = host.restores.run("plan", "shop", "--globals", *more)
    assert (code, "belong to a server" in err) == (3, True), err
