"""The data that backups and restores are measured with: about 1.5 GB on PostgreSQL 18."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from core.postgres.embedded import ClaimedFolder, EmbeddedServer, server_account, unpack
from tests.servers.everything import empty_database
from tests.servers.factory import ServerFactory

_SMALL_TABLES = 96
"""With those of pgbench and the large one a hundred tables, of which one changes: one percent."""


@contextmanager
def dataset(share: float) -> Iterator[tuple[EmbeddedServer, str, Path]]:
    """``share`` of it in a database of a server of its own, the DSN of that, and a folder."""
    account = server_account()
    claimed = ClaimedFolder("pgvigil-bench-", account)
    factory = ServerFactory(claimed.path, unpack(claimed.path), account)
    try:
        with tempfile.TemporaryDirectory(prefix="pgvigil-bench-") as folder:
            server = factory(settings={"shared_buffers": "128MB", "max_wal_size": "4GB"})
            with empty_database(server) as name:
                dsn = server.dsn(name)
                _fill(dsn, share)
                yield server, dsn, Path(folder)
    finally:
        factory.remove_all()
        claimed.remove()


def _fill(dsn: str, share: float) -> None:
    accounts, documents = round(6_000_000 * share), round(1_000_000 * share)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in (
            "CREATE TABLE pgbench_accounts (aid int, bid int, abalance int, filler char(84))",
            "INSERT INTO pgbench_accounts SELECT n, n / 100000 + 1, 0, '' FROM"
            f" generate_series(1, {accounts}) AS n",
            "CREATE TABLE documents (id int, body jsonb, note text)",
            "INSERT INTO documents SELECT n, jsonb_build_object('id', n, 'at', now(), 'tags',"
            " ARRAY[md5(n::text), md5((n * 7)::text)]), repeat(md5(n::text), 8) FROM"
            f" generate_series(1, {documents}) AS n",
        ):
            connection.execute(statement.encode())
        for number in range(_SMALL_TABLES):
            connection.execute(
                f"CREATE TABLE small_{number} AS SELECT n AS id, md5(n::text) AS note FROM"
                f" generate_series(1, 1000) AS n".encode()
            )
        connection.execute("VACUUM ANALYZE")
