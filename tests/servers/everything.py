"""A database that has everything, and empty ones to restore it into."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from core.postgres.embedded import EmbeddedServer
from tests.servers.databases import create_database

_SQL = Path(__file__).with_name("everything.sql")
_ROLES = ("everything_owner", "everything_reader")


@contextmanager
def everything(server: EmbeddedServer) -> Iterator[str]:
    """The name of a database that has everything; its two roles go with it."""
    with empty_database(server) as name:
        try:
            with psycopg.connect(server.dsn(name), autocommit=True) as connection:
                connection.execute(_SQL.read_bytes())
            yield name
        finally:
            drop_database(server, name)
            with psycopg.connect(server.dsn(), autocommit=True) as connection:
                for role in _ROLES:
                    drop = sql.SQL("DROP ROLE IF EXISTS {}")
                    connection.execute(drop.format(sql.Identifier(role)))


@contextmanager
def empty_database(server: EmbeddedServer) -> Iterator[str]:
    """The name of a new database."""
    name = f"test_{secrets.token_hex(4)}"
    create_database(server, name)
    try:
        yield name
    finally:
        drop_database(server, name)


def drop_database(server: EmbeddedServer, name: str) -> None:
    """Drop a database, whoever is connected to it; nothing where it is not there."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(drop.format(sql.Identifier(name)))
