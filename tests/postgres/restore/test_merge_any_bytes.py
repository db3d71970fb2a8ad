"""A database without an encoding may have any bytes in its rows: they are merged as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from core.model.backup import TableName
from core.model.restore_operation import Verdict
from tests.postgres.backup.conftest import run
from tests.postgres.restore.conftest import Backed
from tests.postgres.restore.test_merge_rows import contents, contents_in_backup, second
from tests.servers.backing_up import backup_site
from tests.servers.everything import drop_database
from tests.servers.merging import Live, live_copy

NAME = "any_bytes"
RAW = TableName("public", "größe")
ROWS = r"""
CREATE TABLE "größe" ("ä" text PRIMARY KEY, b text);
INSERT INTO "größe" VALUES (E'\xff', E'\xe9'), (E'\xfe', 'ö'), ('c', 'd');
"""


@pytest.fixture
def bare(backed: Backed, tmp_path: Path) -> Iterator[Live]:
    """A live database whose encoding is SQL_ASCII, and its backup."""
    server = backed.site.server
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        create = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"
        connection.execute(sql.SQL(create).format(sql.Identifier(NAME)))
    try:
        run(server.dsn(NAME), ROWS)
        with (
            backup_site(tmp_path / "h", server, server.dsn(NAME), tools=backed.site.tools) as made,
            live_copy(made, made.take().manifest, tmp_path) as live,
        ):
            yield live
    finally:
        drop_database(server, NAME)


def test_any_bytes_come_back_as_they_were_and_go_again(bare: Live) -> None:
    bare.run("""DELETE FROM "größe" WHERE "ä" < 'd' OR "ä" = E'\\xff'""")
    before = contents(bare)
    first, _ = bare.merge(bare.wish(RAW))
    told = " ".join(step.what for step in bare.plan(second(bare, first)).steps)
    assert r"(\xff)" in told
    merged, done = bare.merge(second(bare, first))
    assert (done.differences, done.verdict) == ((), Verdict.PROVEN)
    assert contents(bare) == contents_in_backup(bare)
    bare.undo(merged)
    assert contents(bare) == before
    bare.run('DROP TABLE "größe"')
    made, _ = bare.merge(bare.wish(RAW))
    assert contents(bare) == contents_in_backup(bare)
    bare.undo(made)
    assert contents(bare) == {}
