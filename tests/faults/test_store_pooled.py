"""A PostgreSQL store behind PgBouncer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from core.config.settings import StoreSettings
from core.engine.order import Stay
from core.engine.watcher import Watcher
from core.errors import StoreError
from core.model.health import Assessment, Health
from core.model.snapshot import Frame
from core.postgres.embedded import EmbeddedServer, ServerAccount
from core.store.store import Store
from tests.contract.examples import NOW, SERVER, hold, seconds, taken
from tests.servers.databases import fresh_database
from tests.servers.pgbouncer import pgbouncer
from tests.servers.watching import console, frame_where, is_full, site

STORE = StoreSettings(busy_seconds=1, wait_seconds=0.2)


@pytest.fixture
def behind_pooler(postgres: EmbeddedServer, pooled: str) -> Iterator[str]:
    """The DSN of an empty database through a PgBouncer in transaction mode."""
    with fresh_database(postgres) as name:
        yield urlsplit(pooled)._replace(path=f"/{name}").geturl()


def opened(url: str, *, migrate: bool = True) -> Store:
    return Store.open(replace(STORE, url=url), migrate=migrate)


def test_everything_is_written_and_read_whichever_session_the_pooler_gives(
    behind_pooler: str,
) -> None:
    with closing(opened(behind_pooler)) as one, closing(opened(behind_pooler)) as two:
        lease = hold(one)
        # Statements that are repeated are prepared, where they are, after the fifth time.
        for number in range(20):
            one.write_tick(lease, SERVER, snapshots=[taken(NOW + seconds(number))], ttl_seconds=60)
            assert two.changed()
            newest = two.snapshots.latest(SERVER)
            assert [each.taken_at for each in newest.values()] == [NOW + seconds(number)]
            assert two.leases.acquire(f"server:{SERVER}", "rival", 60) is None
        one.maintain()
        one.leases.release(lease)
        assert two.leases.acquire(f"server:{SERVER}", "rival", 60) is not None


def test_the_limit_on_waiting_for_locks_holds_in_each_transaction(
    behind_pooler: str, postgres: EmbeddedServer
) -> None:
    with closing(opened(behind_pooler)) as store:
        lease = hold(store)
        direct = postgres.dsn(urlsplit(behind_pooler).path.strip("/"))
        with psycopg.connect(direct) as rival:
            rival.execute("LOCK TABLE snapshot IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(StoreError) as refused:
                store.write_tick(lease, SERVER, snapshots=[taken(NOW)])
            with pytest.raises(StoreError):
                store.snapshots.latest(SERVER)
        assert "locked by another process" in refused.value.what


def test_nothing_of_ours_is_left_in_the_sessions_that_others_get(behind_pooler: str) -> None:
    with closing(opened(behind_pooler)) as store:
        hold(store)
        with psycopg.connect(behind_pooler, autocommit=True) as other:
            assert other.execute("SHOW lock_timeout").fetchone() == ("0",)
            assert other.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)


async def test_a_watcher_and_a_console_meet_in_it(
    behind_pooler: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = urlsplit(behind_pooler)
    monkeypatch.setenv("STORE_PASSWORD", str(place.password))
    url = f"postgresql://{place.username}@{place.hostname}:{place.port}{place.path}"
    config = f'[store]\nurl = "{url}"\npassword_env = "STORE_PASSWORD"\n'
    with site(tmp_path, engine=config) as here:
        launch = here.launch(database)
        watcher = Watcher(launch.order(Stay.FOREVER))
        running = asyncio.create_task(watcher.run())
        await asyncio.sleep(1)
        try:
            async with console(launch) as session:

                def is_well(frame: Frame) -> bool:
                    body = frame.assessment.body if frame.assessment else None
                    well = isinstance(body, Assessment) and body.health is Health.OK
                    return is_full(frame) and well

                await frame_where(session, is_well)
        finally:
            watcher.stop()
            await running


def test_a_pooler_in_statement_mode_is_refused_and_named(
    postgres: EmbeddedServer, account: ServerAccount, servers_folder: Path
) -> None:
    with (
        pgbouncer(postgres, account, servers_folder, mode="statement") as dsn,
        pytest.raises(StoreError) as refused,
    ):
        opened(dsn)
    assert "statement mode" in refused.value.what
    assert "pool_mode = transaction" in refused.value.remedy
