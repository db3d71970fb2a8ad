"""The demonstration's roles, database, schema and rows."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from importlib.resources import files

import psycopg
from psycopg import sql

from core.postgres.embedded import EmbeddedServer

DATABASE = "shop"
MONITOR = "pgvigil"


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the demonstration; one without ``login`` is a group."""

    name: str
    login: bool = True
    member_of: tuple[str, ...] = ()
    bypasses_row_security: bool = False


ROLES = (
    Role("app", login=False),
    Role("app_web", member_of=("app",)),
    Role("app_api", member_of=("app",)),
    Role("app_worker", member_of=("app",)),
    Role("reporting"),
    Role("ops"),
    Role("contractor"),
    # What pgvigil connects as: sees all statistics, may end a session, and still gets in when
    # every ordinary connection is taken. The last two are what a backup needs: it reads every
    # table, and every row of it.
    Role(
        MONITOR,
        member_of=(
            "pg_monitor",
            "pg_signal_backend",
            "pg_use_reserved_connections",
            "pg_read_all_data",
        ),
        bypasses_row_security=True,
    ),
)


def create_roles(server: EmbeddedServer) -> dict[str, str]:
    """Create all roles and the empty database; gives each role's password."""
    passwords = {role.name: secrets.token_urlsafe(18) for role in ROLES if role.login}
    with psycopg.connect(server.socket_dsn(), autocommit=True) as connection:
        for role in ROLES:
            connection.execute(_create(role, _verifier(connection, passwords, role)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    return passwords


def create_schema(server: EmbeddedServer) -> None:
    """Create tables, indexes, policies, and the rows that they start with."""
    with psycopg.connect(server.socket_dsn(DATABASE), autocommit=True) as connection:
        for name in ("schema.sql", "data.sql"):
            connection.execute((files("core.demo") / "sql" / name).read_bytes())
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("SELECT pg_stat_statements_reset()")


def _verifier(connection: psycopg.Connection, passwords: dict[str, str], role: Role) -> str | None:
    """What the server keeps of a password, made here: the password itself is never in a log."""
    if not role.login:
        return None
    password, name = passwords[role.name].encode(), role.name.encode()
    return connection.pgconn.encrypt_password(password, name, b"scram-sha-256").decode()


def _create(role: Role, verifier: str | None) -> sql.Composed:
    parts: list[sql.Composable] = [
        sql.SQL("CREATE ROLE {}").format(sql.Identifier(role.name)),
        sql.SQL("NOLOGIN")
        if verifier is None
        else sql.SQL("LOGIN PASSWORD {}").format(sql.Literal(verifier)),
    ]
    if role.bypasses_row_security:
        parts.append(sql.SQL("BYPASSRLS"))
    if role.member_of:
        groups = sql.SQL(", ").join(sql.Identifier(group) for group in role.member_of)
        parts.append(sql.SQL("IN ROLE {}").format(groups))
    return sql.SQL(" ").join(parts)
