"""A host that takes backups."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.postgres.embedded import EmbeddedServer
from tests.servers.backing_up import BackupSite, backup_site
from tests.servers.databases import fresh_database

TABLES = """
CREATE TABLE orders (id int PRIMARY KEY, note text);
INSERT INTO orders SELECT n, repeat('ü', n % 40) FROM generate_series(1, 3000) AS n;
CREATE TABLE items (id bigserial PRIMARY KEY, order_id int REFERENCES orders, detail jsonb);
INSERT INTO items (order_id, detail)
SELECT n % 3000 + 1, jsonb_build_object('n', n) FROM generate_series(1, 5000) AS n;
CREATE TABLE empty ();
SELECT lo_from_bytea(0, 'a large object');
"""


def run(dsn: str, statements: str) -> None:
    """Execute statements in a database."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statements.encode())


@pytest.fixture
def site(postgres: EmbeddedServer, database: str, tmp_path: Path) -> Iterator[BackupSite]:
    """A host with one folder for backups, and a small database."""
    run(database, TABLES)
    with backup_site(tmp_path, postgres, database) as made:
        yield made


@pytest.fixture(scope="module")
def unchanged(
    postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BackupSite]:
    """The same with one backup, shared by the tests of a file that only ask and are refused."""
    with fresh_database(postgres) as name:
        run(postgres.dsn(name), TABLES)
        folder = tmp_path_factory.mktemp("unchanged")
        with backup_site(folder, postgres, postgres.dsn(name)) as made:
            made.take()
            yield made
