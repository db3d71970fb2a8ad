"""Through a pooler: it gives a backup sessions of its own, or is named before anything is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from core.backup.databases import databases_of
from core.backup.dump.preflight import check
from core.config.backup_settings import BackupSettings
from core.errors import PreflightError
from core.postgres.client_programs import ClientPrograms
from core.postgres.embedded import EmbeddedServer, Programs, ServerAccount
from tests.postgres.connecting import run, target_of
from tests.servers.dumping import SETTINGS, clients, dump, endpoint
from tests.servers.pgbouncer import pgbouncer

SOON = replace(SETTINGS, connect_timeout_seconds=1.5, workers=2)
Pooler = Callable[..., str]


@pytest.fixture
def tools(programs: Programs) -> ClientPrograms:
    return clients(programs)


@pytest.fixture
def pooler(
    postgres: EmbeddedServer, account: ServerAccount, servers_folder: Path
) -> Iterator[Pooler]:
    """Starts a PgBouncer as it is asked for, and gives the superuser's DSN through it."""
    with ExitStack() as running:
        yield lambda **how: running.enter_context(
            pgbouncer(postgres, account, servers_folder, **how)
        )


@pytest.mark.parametrize("pool_size", [1, 3])
@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_a_pooler_that_shares_sessions_is_refused(
    pooler: Pooler, tools: ClientPrograms, tmp_path: Path, mode: str, pool_size: int
) -> None:
    with pytest.raises(PreflightError) as raised:
        check(endpoint(pooler(mode=mode, pool_size=pool_size), SOON), tools, tmp_path)

    assert "transaction mode" in raised.value.what


@pytest.mark.parametrize("idle", [1, 2, 5])
def test_a_pooler_that_goes_round_its_sessions_is_refused(
    pooler: Pooler, tools: ClientPrograms, tmp_path: Path, idle: int
) -> None:
    dsn = pooler(pool_size=6, options="server_round_robin = 1")
    _use_at_once(dsn, idle)

    with pytest.raises(PreflightError) as raised:
        check(endpoint(dsn, SOON), tools, tmp_path)

    assert "transaction mode" in raised.value.what


@pytest.mark.parametrize("pool_size", [1, 3])
def test_a_pooler_with_too_few_sessions_is_refused_with_how_many_are_needed(
    pooler: Pooler, tools: ClientPrograms, tmp_path: Path, pool_size: int
) -> None:
    with pytest.raises(PreflightError) as raised:
        check(endpoint(pooler(mode="session", pool_size=pool_size), SOON), tools, tmp_path)

    assert "Too few sessions" in raised.value.what
    assert f"needs 4; {pool_size} are there" in raised.value.why
    assert "at least 4 sessions" in raised.value.remedy
    assert "pool_size" in raised.value.remedy


def test_sessions_that_others_hold_are_too_few_for_a_backup(
    pooler: Pooler, tools: ClientPrograms, tmp_path: Path
) -> None:
    dsn = pooler(mode="session", pool_size=4, options="query_wait_timeout = 1")
    with psycopg.connect(dsn) as other:
        other.execute("SELECT")
        with pytest.raises(PreflightError) as raised:
            check(endpoint(dsn), tools, tmp_path)

    assert "3 are there" in raised.value.why


def test_a_pooler_with_a_session_for_each_worker_is_gone_through(
    pooler: Pooler, tools: ClientPrograms, tmp_path: Path
) -> None:
    dsn = pooler(mode="session", pool_size=4)

    found = check(endpoint(dsn, SOON), tools, tmp_path)
    _, _, files = dump(dsn, tools, tmp_path / "dump")

    assert "pooler in session mode" in found.notes[0]
    assert "toc.dat" in files


def test_nothing_is_left_in_the_sessions_that_a_pooler_shares(
    pooler: Pooler, tools: ClientPrograms, tmp_path: Path
) -> None:
    dsn = pooler(pool_size=3)

    databases_of(target_of(dsn), ("all",), BackupSettings(), SOON)
    with pytest.raises(PreflightError):
        check(endpoint(dsn, SOON), tools, tmp_path)

    run(dsn, "CREATE TABLE written (a int)", "DROP TABLE written")
    with ExitStack() as clients_:
        for _ in range(3):
            client = clients_.enter_context(psycopg.connect(dsn))
            row = client.execute("SHOW default_transaction_read_only").fetchone()
            assert row == ("off",)


def _use_at_once(dsn: str, count: int) -> None:
    """Have the pooler open so many sessions, and leave them idle."""
    with ExitStack() as clients_:
        for _ in range(count):
            clients_.enter_context(psycopg.connect(dsn)).execute("SELECT")
