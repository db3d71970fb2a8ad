"""The live database of tests in which swaps are struck: its name needs quotes."""

from __future__ import annotations

import psycopg
from psycopg import sql

from core.postgres.embedded import EmbeddedServer

LIVE = "orders live"
SOUND = 500
"""Rows of its only table."""


def make_live(server: EmbeddedServer) -> None:
    """Make it, with all its rows."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(LIVE)))
    with psycopg.connect(server.dsn(LIVE), autocommit=True) as connection:
        connection.execute("CREATE TABLE orders (id int PRIMARY KEY)")
        connection.execute(f"INSERT INTO orders SELECT generate_series(1, {SOUND})".encode())
