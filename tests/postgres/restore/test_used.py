"""Whether a database was written to, as the server counts it."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from core.postgres.embedded import EmbeddedServer
from core.restore.used import writes
from tests.servers.databases import fresh_database
from tests.servers.dumping import endpoint


def test_each_kind_of_write_is_seen_and_what_only_reads_is_not(database: str) -> None:
    there = endpoint(database)
    said(database, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)")
    before = writes(there, there.database)
    assert before
    said(database, "SELECT count(*) FROM kept", "ANALYZE", "VACUUM")
    assert writes(there, there.database) == before
    for statement in (
        "INSERT INTO kept VALUES (2)",
        "UPDATE kept SET id = 3",
        "TRUNCATE kept",
        "CREATE VIEW of_it AS SELECT * FROM kept",
        "GRANT SELECT ON kept TO PUBLIC",
    ):
        said(database, statement)
        after = writes(there, there.database)
        assert (after or 0) > before, statement
        before = after or 0


@pytest.mark.parametrize("each_postgres", [13], indirect=True)
def test_where_a_collector_counts_the_newest_write_is_seen_as_well(
    each_postgres: EmbeddedServer,
) -> None:
    with fresh_database(each_postgres) as name:
        there = endpoint(each_postgres.dsn(name))
        said(each_postgres.dsn(name), "CREATE TABLE kept (id int)")
        before = writes(there, name)
        said(each_postgres.dsn(name), "INSERT INTO kept VALUES (2)")
        assert (writes(there, name) or 0) > (before or 0) > 0


def test_where_the_server_does_not_count_nothing_is_known(database: str) -> None:
    there = endpoint(database)
    with psycopg.connect(database, autocommit=True) as connection:
        change = sql.SQL("ALTER DATABASE {} SET track_counts = off")
        connection.execute(change.format(sql.Identifier(there.database)))
    assert writes(there, there.database) is None


def test_of_a_database_that_does_not_answer_nothing_is_known(database: str) -> None:
    assert writes(endpoint(database), "no such database") is None


def said(dsn: str, *statements: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
