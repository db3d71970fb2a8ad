"""Databases and roles on a server, for one test."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from psycopg import sql

from core.postgres.embedded import EmbeddedServer


@contextmanager
def fresh_database(server: EmbeddedServer) -> Iterator[str]:
    """The name of a new database with pg_stat_statements created, dropped in the end."""
    name = f"test_{secrets.token_hex(4)}"
    create_database(server, name)
    try:
        with psycopg.connect(server.dsn(name), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
        yield name
    finally:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        execute(server, drop)


def create_database(server: EmbeddedServer, name: str, template: str = "template1") -> None:
    """A new database, in the way that takes a throw-away server least."""
    # Since version 15 each page would be written to the log: five times the work where nothing is
    # synced.
    quick = sql.SQL("STRATEGY file_copy" if server.programs.major >= 15 else "")
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} {}")
    execute(server, create.format(sql.Identifier(name), sql.Identifier(template), quick))


@contextmanager
def fresh_role(server: EmbeddedServer, *, member_of: str = "") -> Iterator[tuple[str, str]]:
    """Name and password of a new role that may log in, dropped in the end."""
    name, password = f"role_{secrets.token_hex(4)}", secrets.token_hex(8)
    role = sql.Identifier(name)
    execute(server, sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(password)))
    try:
        if member_of:
            execute(server, sql.SQL("GRANT {} TO {}").format(sql.Identifier(member_of), role))
        yield name, password
    finally:
        execute(server, sql.SQL("DROP ROLE IF EXISTS {}").format(role))


def execute(server: EmbeddedServer, statement: LiteralString | sql.Composed) -> None:
    """Execute one statement as the superuser, outside a transaction."""
    query = statement if isinstance(statement, sql.Composed) else sql.SQL(statement)
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(query)
