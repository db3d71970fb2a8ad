"""In place by swap: one confirmed exchange of names, and another one back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from core.postgres.embedded import EmbeddedServer, Programs, ServerAccount
from core.restore.swap.exchange import Exchange, exchange
from core.restore.swap.names import before_name, new_name, undone_name
from core.restore.swap.properties import read_properties
from tests.conftest import ProgramsOf
from tests.postgres.backup.conftest import TABLES
from tests.servers.backing_up import backup_site
from tests.servers.backup_host import Host
from tests.servers.factory import ServerFactory

LIVE = 'Órders "live"'


@dataclass
class Live:
    """A server of its own with one live database, and a backup of it."""

    host: Host
    server: EmbeddedServer
    folder: Path

    def connected(self) -> psycopg.Connection:
        return psycopg.connect(self.server.dsn(), autocommit=True)

    def names(self) -> set[str]:
        with self.connected() as connection:
            found = connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate")
            return {name for (name,) in found} - {"postgres"}

    def rows(self, name: str = LIVE) -> int:
        with psycopg.connect(self.server.dsn(name)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM orders").fetchone() or (0,)
        return int(count)

    def write(self, statement: str, name: str = LIVE) -> None:
        with psycopg.connect(self.server.dsn(name), autocommit=True) as connection:
            connection.execute(statement.encode())

    def planned(self) -> Path:
        plan = self.folder / "swap.plan"
        plan.unlink(missing_ok=True)
        code, out, err = self.host.restores.run("plan", "--swap", "--out", plan)
        assert code == 0, (out, err)
        return plan

    def swap(self) -> tuple[int, str, str]:
        return self.host.restores.run("run", self.planned(), "--confirm", LIVE)


@pytest.fixture(scope="module", params=[15, 18], ids=lambda major: f"postgresql {major}")
def server(
    request: pytest.FixtureRequest,
    programs: Programs,
    programs_of: ProgramsOf,
    servers_folder: Path,
    account: ServerAccount,
) -> Iterator[EmbeddedServer]:
    """A server of its own, as swaps end sessions."""
    factory = ServerFactory(servers_folder, programs, account)
    try:
        yield factory(
            programs=programs_of(request.param), settings={"max_prepared_transactions": 2}
        )
    finally:
        factory.remove_all()


@pytest.fixture
def live(server: EmbeddedServer, tmp_path: Path) -> Iterator[Live]:
    """A live database with rights and settings of its own, whose rows were just lost."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        for statement in ("CREATE ROLE app LOGIN", "CREATE ROLE owner_of_it"):
            with suppress(psycopg.errors.DuplicateObject):
                connection.execute(statement.encode())
        database = sql.Identifier(LIVE)
        for text in (
            "CREATE DATABASE {} OWNER owner_of_it",
            "ALTER DATABASE {} SET work_mem = '7MB'",
            'ALTER DATABASE {} SET search_path = public, "$user"',
            "ALTER ROLE app IN DATABASE {} SET statement_timeout = '3s'",
            "ALTER DATABASE {} CONNECTION LIMIT 33",
            "REVOKE CONNECT ON DATABASE {} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {} TO app WITH GRANT OPTION",
            "COMMENT ON DATABASE {} IS 'what the shop lives on'",
        ):
            connection.execute(sql.SQL(text).format(database))
    with psycopg.connect(server.dsn(LIVE), autocommit=True) as connection:
        connection.execute(TABLES.encode())
    with backup_site(tmp_path, server, server.dsn(LIVE)) as site:
        made = Live(Host(site), server, tmp_path)
        site.take()
        made.write("DELETE FROM items; DELETE FROM orders WHERE id > 10")
        yield made
        with made.connected() as connection:
            for name in made.names():
                drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
                connection.execute(drop.format(sql.Identifier(name)))


def test_what_was_lost_is_there_again_under_the_same_name(live: Live) -> None:
    before = _properties(live)
    code, out, err = live.swap()
    assert (code, err) == (0, ""), (out, err)
    assert (live.rows(), _properties(live)) == (3000, before)
    (aside,) = live.names() - {LIVE}
    assert "_before_" in aside
    with pytest.raises(psycopg.OperationalError, match="not currently accepting"):
        live.rows(aside)
    (listed,) = live.host.restores.told("list")
    assert (listed["status"], listed["verdict"]) == ("completed", "proven")
    ended, exchanged = live.host.site.store.audit.entries(2)
    assert (exchanged.action, ended.action) == ("exchange databases", "end of restore")
    assert (exchanged.details["restore"], exchanged.details["kept"]) == (listed["restore"], aside)


def test_an_undo_brings_back_what_was_live_and_keeps_what_was_written_since(live: Live) -> None:
    live.swap()
    live.write("INSERT INTO orders VALUES (9001, 'since the swap')")
    code, out, _ = live.host.restores.run("undo", "last", "--plan")
    assert (code, "RENAME" in out) == (0, True)
    assert live.host.restores.run("undo", "last")[0] == 64
    told = live.host.restores.told("undo", "last", "--confirm", LIVE)
    assert live.rows() == 10
    (kept,) = live.names() - {LIVE}
    assert "_undone_" in kept
    assert kept in told["done"]
    with live.connected() as connection:
        opened = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(kept))
        connection.execute(opened)
    assert live.rows(kept) == 3001


def test_an_application_that_reconnects_at_once_is_no_hindrance(live: Live) -> None:
    plan, over = live.planned(), threading.Event()

    def application() -> None:
        while not over.is_set():
            with suppress(psycopg.Error), psycopg.connect(live.server.dsn(LIVE)) as connection:
                while not over.is_set():
                    connection.execute("SELECT pg_sleep(0.01)")

    clients = [threading.Thread(target=application) for _ in range(4)]
    for each in clients:
        each.start()
    try:
        code, out, err = live.host.restores.run("run", plan, "--confirm", LIVE)
    finally:
        over.set()
        for each in clients:
            each.join()
    assert (code, err) == (0, ""), out
    assert live.rows() == 3000


def test_a_prepared_transaction_is_said_before_anything_is_touched(live: Live) -> None:
    with live.connected() as connection:
        (most,) = connection.execute("SHOW max_prepared_transactions").fetchone() or ("0",)
    assert most != "0"
    live.write("BEGIN; INSERT INTO orders VALUES (9002); PREPARE TRANSACTION 'held'")
    try:
        code, out, _ = live.host.restores.run("plan", "--swap")
        assert (code, "1 prepared transactions hold" in out) == (2, True)
    finally:
        live.write("ROLLBACK PREPARED 'held'")


def test_a_session_that_cannot_be_ended_leaves_the_live_database_open(live: Live) -> None:
    """A role that may rename, but not end a superuser's session."""
    with live.connected() as connection:
        connection.execute("CREATE ROLE renamer LOGIN CREATEDB IN ROLE owner_of_it")
        made = sql.SQL("CREATE DATABASE {} OWNER renamer").format(sql.Identifier("incoming"))
        connection.execute(made)
    try:
        with (
            psycopg.connect(live.server.dsn(LIVE)) as superuser,
            live.connected() as connection,
        ):
            superuser.execute("SELECT 1")
            connection.execute("SET SESSION AUTHORIZATION renamer")
            with pytest.raises(Exception, match="names of"):
                exchange(connection, Exchange(LIVE, "incoming", "aside"))
        assert live.rows() == 10
    finally:
        with live.connected() as connection:
            connection.execute("DROP DATABASE incoming")
            connection.execute("DROP ROLE renamer")


def test_names_keep_their_end_where_they_would_be_too_long() -> None:
    live = "ü" * 31 + "x"
    found = [
        make(live, "20261121T031502Z-1f2e3d4c") for make in (new_name, before_name, undone_name)
    ]
    assert len(set(found)) == 3
    for name in found:
        assert len(name.encode()) <= 63
        assert name.endswith("_20261121t031502z_3d4c")


def _properties(live: Live) -> object:
    with closing(live.connected()) as connection:
        found = read_properties(connection, LIVE)
    assert found is not None
    return (
        found.owner, found.tablespace, found.connection_limit, found.comment, found.rights,
        found.settings,
    )  # fmt: skip
