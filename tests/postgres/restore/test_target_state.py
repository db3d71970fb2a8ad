"""What is found on the server that a restore goes to, as the least role and on each version."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from core.model.restore_target import TargetState
from core.postgres.embedded import EmbeddedServer
from core.restore.target.state import read_target
from tests.servers.databases import fresh_database, fresh_role
from tests.servers.waiting import eventually


def look(dsn: str) -> TargetState:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return read_target(connection)


def look_once_alone(server: EmbeddedServer, database: str) -> TargetState:
    """Look when the session that made ``database`` ready has gone: it takes its time to close."""

    def found() -> TargetState | None:
        seen = look(server.dsn())
        there = seen.database(database)
        return seen if there is not None and there.sessions <= 1 else None

    state = eventually(found)
    assert state is not None
    return state


def test_a_superuser_sees_what_is_there(each_postgres: EmbeddedServer) -> None:
    with fresh_database(each_postgres) as name:
        dsn = each_postgres.dsn(name)
        with psycopg.connect(dsn, autocommit=True) as other:
            other.execute(
                sql.SQL("ALTER DATABASE {} SET work_mem = '7MB'").format(sql.Identifier(name))
            )
            found = look_once_alone(each_postgres, name)
            there = found.database(name)

    assert found.server_version // 10_000 == each_postgres.programs.major
    assert (found.role, found.is_superuser, found.is_standby) == ("postgres", True, False)
    assert found.may_create_databases
    assert "postgres" in found.member_of & found.roles
    assert {"pg_default", "pg_global"} <= found.tablespaces
    assert any(each.name == "plpgsql" and each.trusted for each in found.extensions)
    assert "pg_stat_statements" in (found.preloaded or ())
    assert found.system_identifier.isdigit()
    assert 0 < found.free_slots < 100
    assert there is not None
    assert there.bytes is not None
    assert there.bytes > 1_000_000
    assert (there.owner, there.sessions, there.prepared, there.slots) == ("postgres", 1, 0, ())
    assert (there.subscriptions, there.settings) == (0, ("work_mem=7MB",))
    assert (there.allows_connections, there.connection_limit) == (True, -1)


def test_the_least_role_is_told_so(each_postgres: EmbeddedServer) -> None:
    with fresh_database(each_postgres) as name, fresh_role(each_postgres) as (role, password):
        with psycopg.connect(each_postgres.dsn(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name))
            )
        with psycopg.connect(each_postgres.dsn(name)):
            look_once_alone(each_postgres, name)
            found = look(each_postgres.dsn("postgres", user=role, password=password))
        there = found.database(name)

    assert (found.role, found.is_superuser, found.may_create_databases) == (role, False, False)
    assert found.member_of == {role}
    assert found.preloaded is None
    assert there is not None
    assert (there.bytes, there.sessions) == (None, 1)


@pytest.mark.parametrize("name", ['od"d db', "ünï=code"])
def test_names_are_told_as_they_are(postgres: EmbeddedServer, name: str) -> None:
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            assert look(postgres.dsn()).database(name) is not None
        finally:
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
