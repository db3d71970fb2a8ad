"""A store in PostgreSQL, as the statistics of its own server show it."""

from __future__ import annotations

from dataclasses import replace

from core.config.settings import StoreSettings
from core.postgres.embedded import EmbeddedServer
from core.store.store import Store
from tests.contract.examples import NOW, SERVER, hold, taken
from tests.postgres.connecting import rows
from tests.servers.waiting import eventually


def test_a_console_that_only_reads_rolls_nothing_back(
    database: str, postgres: EmbeddedServer
) -> None:
    settings = replace(StoreSettings(), url=database)
    with_one_tick(settings)
    eventually(lambda: not sessions(database, postgres))
    before = transactions(database, postgres)
    store = Store.open(settings, migrate=False)
    for _ in range(50):
        store.changed()
        store.snapshots.latest(SERVER)
    store.close()
    eventually(lambda: not sessions(database, postgres))
    commits, rollbacks = transactions(database, postgres)

    assert commits - before[0] >= 100
    # Each new connection asks a few things in a transaction that is rolled back.
    assert rollbacks - before[1] <= 2


def with_one_tick(settings: StoreSettings) -> None:
    store = Store.open(settings, migrate=True)
    store.write_tick(hold(store), SERVER, snapshots=[taken(NOW)])
    store.close()


def sessions(database: str, server: EmbeddedServer) -> list[tuple[int]]:
    """The sessions in the database; one that is gone has handed all its counts in."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = %s"
    return rows(server.dsn(), query, database.rpartition("/")[2])


def transactions(database: str, server: EmbeddedServer) -> tuple[int, int]:
    """Commits and rollbacks in the database since it was made."""
    name = database.rpartition("/")[2]
    query = "SELECT xact_commit, xact_rollback FROM pg_stat_database WHERE datname = %s"
    ((commits, rollbacks),) = rows(server.dsn(), query, name)
    return commits, rollbacks
