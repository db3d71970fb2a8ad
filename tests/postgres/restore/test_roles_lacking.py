"""A server that lacks roles of the backup: what is promised before is what happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from core.postgres.embedded import EmbeddedServer
from tests.servers.backing_up import backup_site
from tests.servers.backup_host import Host
from tests.servers.factory import ServerFactory

NAME = "elsewhere"
SHOP = """
CREATE TABLE orders (id int PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 100);
ALTER TABLE orders OWNER TO "o'wner";
GRANT SELECT ON orders TO app;
GRANT UPDATE ON orders TO kept;
"""


LOST = """
REASSIGN OWNED BY "o'wner" TO postgres;
DROP OWNED BY "o'wner", app;
DROP ROLE "o'wner", app;
"""


@pytest.fixture
def moved(start_server: ServerFactory, tmp_path: Path) -> Iterator[tuple[Host, EmbeddedServer]]:
    """A host with a backup, whose server has lost the roles since."""
    server = start_server()
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        for name in ('"o\'wner"', "app", "kept"):
            connection.execute(f"CREATE ROLE {name}".encode())
        connection.execute(
            "ALTER ROLE app LOGIN CREATEDB; ALTER ROLE app SET work_mem = '6MB'; GRANT kept TO app"
        )
        connection.execute("CREATE DATABASE shop")
    with psycopg.connect(server.dsn("shop"), autocommit=True) as connection:
        connection.execute(SHOP.encode())
    with backup_site(tmp_path, server, server.dsn("shop")) as site:
        site.take()
        with psycopg.connect(server.dsn("shop"), autocommit=True) as connection:
            connection.execute(LOST)
        yield Host(site), server


def restored(host: Host, *arguments: str) -> tuple[str, int, str]:
    """What the plan told, and how its run ended."""
    plan = host.site.folder / "restore.plan"
    with suppress(FileNotFoundError):
        plan.unlink()
    _, told, _ = host.restores.run("plan", "--name", NAME, "--out", plan, *arguments)
    code, out, err = host.restores.run("run", plan, "--confirm", NAME)
    return told, code, out + err


def asked(server: EmbeddedServer, question: str) -> object:
    with psycopg.connect(server.dsn(NAME)) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def test_without_them_all_is_restored_but_their_ownership_and_grants(
    moved: tuple[Host, EmbeddedServer],
) -> None:
    host, server = moved
    told, code, out = restored(host)
    assert "the role o'wner is not on the server" in told
    assert "the role app is not on the server" in told
    assert (code, "owners or grants: not the same" in out) == (1, True), out
    (listed,) = host.restores.told("list")
    assert listed["differences"][1:] == [
        "table public.orders: belongs to postgres instead of o'wner",
        "acl public.TABLE orders: another definition"
        " (not there: GRANT SELECT ON TABLE public.orders TO app;)",
        "constraint public.orders orders_pkey: belongs to postgres instead of o'wner",
    ]
    assert asked(server, "SELECT count(*) FROM orders") == 100
    assert (
        asked(server, "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'") == "postgres"
    )
    assert asked(server, "SELECT has_table_privilege('kept', 'orders', 'UPDATE')") is True


def test_they_are_made_when_asked_for_and_can_not_log_in(
    moved: tuple[Host, EmbeddedServer],
) -> None:
    host, server = moved
    told, code, out = restored(host, "--create-roles")
    assert "CREATE ROLE app" in told
    assert 'ALTER ROLE "app" NOLOGIN' in told
    assert (code, "proven" in out) == (0, True), out
    had = "SELECT rolcreatedb, rolconfig, pg_has_role(oid, 'kept', 'USAGE') FROM pg_roles"
    with psycopg.connect(server.dsn()) as connection:
        made = connection.execute(f"{had} WHERE rolname = 'app'".encode()).fetchone()
    assert made == (True, ["work_mem=6MB"], True)
    assert asked(server, "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'") == "o'wner"
    assert asked(server, "SELECT count(*) FROM pg_roles WHERE rolname = 'app' AND rolcanlogin") == 0


def test_a_policy_for_a_role_that_is_not_there_stops_the_restore(
    moved: tuple[Host, EmbeddedServer],
) -> None:
    host, server = moved
    with psycopg.connect(server.dsn("shop"), autocommit=True) as connection:
        connection.execute(
            "CREATE ROLE reader; CREATE POLICY mine ON orders TO reader USING (id > 1)"
        )
    host.site.take()
    with psycopg.connect(server.dsn("shop"), autocommit=True) as connection:
        connection.execute("DROP OWNED BY reader; DROP ROLE reader")
    code, out, _ = host.restores.run("plan", "--name", NAME)
    assert (code, "policies are for the role reader" in out) == (2, True)
