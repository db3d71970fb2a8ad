"""Bad days of a dump: each ends in a clear error, with no program left behind."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest

from core.backup.dump.directory import DumpOutcome, dump_directory
from core.backup.dump.snapshot import HeldSnapshot, hold_snapshot
from core.backup.dump.stream import dump_custom
from core.backup.fingerprint import take
from core.backup.progress import JobReporter, SilentReporter
from core.errors import BackupError, CancelledError
from core.postgres.client_programs import ClientPrograms
from core.postgres.embedded import EmbeddedServer, Programs, StopMode
from tests.postgres.connecting import held, rows, run, wait_until
from tests.servers.dumping import SEEDS, SETTINGS, SILENT, Taker, clients, endpoint, order, restore
from tests.servers.everything import empty_database
from tests.servers.factory import ServerFactory

BIG = "CREATE TABLE big AS SELECT n, md5(n::text) AS t FROM generate_series(1, 1000000) AS n"


@pytest.fixture
def tools(programs: Programs) -> ClientPrograms:
    return clients(programs)


class CancelOnce(SilentReporter):
    """A person who cancels when asked to."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()

    def check_cancelled(self) -> None:
        if self.cancelled.is_set():
            raise CancelledError("cancelled")


def dumped(
    held_snapshot: HeldSnapshot,
    tools: ClientPrograms,
    staging: Path,
    reporter: JobReporter = SILENT,
) -> DumpOutcome:
    staging.mkdir(exist_ok=True)
    return dump_directory(
        order(held_snapshot, tools),
        staging,
        workers=2,
        taker=Taker(),
        reporter=reporter,
    )


@contextmanager
def once_reading(dsn: str, statement: str, then: Callable[[], None]) -> Iterator[None]:
    """Call ``then`` when another session executes a statement like ``statement``."""

    def watch() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            for _ in range(2000):
                found = connection.execute(
                    "SELECT FROM pg_stat_activity WHERE query LIKE %s AND state = 'active'"
                    " AND pid <> pg_backend_pid()",
                    [statement],
                ).fetchone()
                if found is not None:
                    break
                time.sleep(0.005)
            else:
                raise AssertionError(f"nobody executed {statement}")
        then()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def pg_dumps() -> list[psutil.Process]:
    """The pg_dump processes that this test started."""
    children = psutil.Process().children(recursive=True)
    return [each for each in children if each.name() == "pg_dump"]


def active_sessions(dsn: str) -> int:
    """How many of a backup's sessions the server still works for."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'pgvigil backup' AND state = 'active'"
    )
    return int(rows(dsn, query)[0][0])


def test_a_cancelled_dump_leaves_no_program_and_no_session(
    database: str, tools: ClientPrograms, tmp_path: Path
) -> None:
    run(database, BIG)
    person = CancelOnce()
    with (
        hold_snapshot(endpoint(database)) as snapshot,
        once_reading(database, "COPY %", person.cancelled.set),
        pytest.raises(CancelledError),
    ):
        dumped(snapshot, tools, tmp_path / "dump", person)

    assert pg_dumps() == []
    assert active_sessions(database) == 0


def test_a_cancelled_fingerprint_ends_its_queries(database: str) -> None:
    run(database, BIG)
    person = CancelOnce()
    with (
        hold_snapshot(endpoint(database)) as snapshot,
        once_reading(database, "%FROM ONLY%", person.cancelled.set),
        pytest.raises(CancelledError),
    ):
        take(snapshot, seeds=SEEDS, workers=2, reporter=person)

    assert active_sessions(database) == 0


def test_a_killed_pg_dump_is_told(database: str, tools: ClientPrograms, tmp_path: Path) -> None:
    run(database, BIG)

    def kill() -> None:
        leader = min(pg_dumps(), key=lambda each: each.pid)
        os.kill(leader.pid, signal.SIGKILL)

    with (
        hold_snapshot(endpoint(database)) as snapshot,
        once_reading(database, "COPY %", kill),
        pytest.raises(BackupError, match="pg_dump was killed"),
    ):
        dumped(snapshot, tools, tmp_path / "dump")
    assert pg_dumps() == []


def test_a_server_that_dies_in_the_middle_is_told(
    start_server: ServerFactory, tools: ClientPrograms, tmp_path: Path
) -> None:
    server = start_server()
    run(server.dsn(), BIG)
    with (
        hold_snapshot(endpoint(server.dsn())) as snapshot,
        once_reading(server.dsn(), "COPY %", lambda: server.stop(StopMode.IMMEDIATE)),
        pytest.raises(BackupError) as raised,
    ):
        dumped(snapshot, tools, tmp_path / "dump")

    assert "connection to the server was lost" in raised.value.what
    assert server.password not in str(raised.value)


def test_a_table_that_stays_locked_is_told_with_who_holds_it(database: str) -> None:
    run(database, "CREATE TABLE busy (a int)")
    with (
        held(database, "BEGIN", "LOCK TABLE busy") as pid,
        pytest.raises(BackupError) as raised,
        hold_snapshot(endpoint(database, replace(SETTINGS, lock_wait_seconds=0.2))),
    ):
        pass

    assert "stayed locked" in raised.value.what
    assert f"public.busy by session {pid} (postgres)" in raised.value.why


def test_a_migration_that_waits_for_the_backup_makes_a_clear_error(
    database: str, tools: ClientPrograms, tmp_path: Path
) -> None:
    run(database, "CREATE TABLE busy (a int)")
    quick = replace(SETTINGS, lock_wait_seconds=0.3)
    with hold_snapshot(endpoint(database, quick)) as snapshot:
        waiting = psycopg.connect(database, autocommit=True)
        waiting.pgconn.send_query(b"ALTER TABLE busy ADD b int")
        waiting.pgconn.flush()
        wait_until(database, waiting.info.backend_pid, "wait_event_type = 'Lock'")
        with pytest.raises(BackupError) as raised:
            dumped(snapshot, tools, tmp_path / "dump")
        waiting.cancel_safe()
        waiting.close()

    assert "stayed locked" in raised.value.what or "wants to change" in raised.value.what
    assert raised.value.remedy


@pytest.mark.parametrize(
    "statement", ["TRUNCATE t", "ALTER TABLE t ALTER a TYPE text", "DROP TABLE t"]
)
def test_what_would_empty_a_table_for_the_snapshot_waits_for_the_backup(
    database: str, statement: str
) -> None:
    run(database, "CREATE TABLE t AS SELECT 1 AS a")
    with hold_snapshot(endpoint(database)) as snapshot:
        with pytest.raises(psycopg.errors.LockNotAvailable):
            run(database, "SET lock_timeout = '100ms'; " + statement)
        found = take(snapshot, seeds=SEEDS, workers=2, reporter=SILENT)
    run(database, statement)

    assert [(each.name, each.rows) for each in found.tables] == [("t", 1)]


def test_further_sessions_and_programs_reach_the_host_that_answered_first(
    postgres: EmbeddedServer,
) -> None:
    several = f"host=127.0.0.1,127.0.0.1 port=1,{postgres.port} user=postgres dbname=postgres"

    there = endpoint(f"{several} password={postgres.password}")

    assert f"port={postgres.port}" in there.conninfo().split()
    assert "127.0.0.1,127.0.0.1" not in there.conninfo()
    with there.connect() as connection:
        assert connection.info.port == postgres.port


def test_what_commits_after_the_snapshot_is_not_in_the_dump(
    postgres: EmbeddedServer, tools: ClientPrograms, tmp_path: Path
) -> None:
    with empty_database(postgres) as name, empty_database(postgres) as copy:
        dsn = postgres.dsn(name)
        run(dsn, "CREATE TABLE t AS SELECT 1 AS a")
        with hold_snapshot(endpoint(dsn)) as snapshot:
            run(dsn, "INSERT INTO t VALUES (2)", "CREATE TABLE later AS SELECT 3 AS a")
            found = take(snapshot, seeds=SEEDS, workers=2, reporter=SILENT)
            dumped(snapshot, tools, tmp_path / "dump")
        restore(postgres, copy, tmp_path / "dump", tools)
        with psycopg.connect(postgres.dsn(copy)) as connection:
            found_rows = connection.execute("TABLE t").fetchall()

    assert found_rows == [(1,)]
    assert [(each.name, each.rows) for each in found.tables] == [("t", 1)]


def test_a_snapshot_whose_session_was_ended_is_told(
    database: str, tools: ClientPrograms, tmp_path: Path
) -> None:
    run(database, "CREATE TABLE t (a int)")
    with hold_snapshot(endpoint(database)) as snapshot:
        pid = snapshot.connection.info.backend_pid
        run(database, f"SELECT pg_terminate_backend({pid}, 5000)")
        with pytest.raises(BackupError) as of_dump:
            dumped(snapshot, tools, tmp_path / "dump")
        with pytest.raises(BackupError) as of_check:
            snapshot.finish()

    assert "snapshot that the whole backup reads is gone" in of_dump.value.what
    assert "connection to the server was lost" in of_check.value.what


def test_a_full_disk_is_told(database: str, tools: ClientPrograms) -> None:
    """Through a stream: what takes the bytes fails, and pg_dump is ended."""
    run(database, BIG)

    def full(block: bytes) -> None:
        raise OSError(28, "No space left on device")

    with hold_snapshot(endpoint(database)) as snapshot, pytest.raises(OSError, match="No space"):
        dump_custom(order(snapshot, tools), full, SILENT)
    assert pg_dumps() == []


def test_a_stream_is_an_archive_for_pg_restore(
    postgres: EmbeddedServer, tools: ClientPrograms, tmp_path: Path
) -> None:
    with empty_database(postgres) as name, empty_database(postgres) as copy:
        run(postgres.dsn(name), BIG)
        path = tmp_path / "archive"
        with path.open("wb") as file, hold_snapshot(endpoint(postgres.dsn(name))) as snapshot:
            outcome = dump_custom(order(snapshot, tools), file.write, SILENT)
        restore(postgres, copy, path, tools, jobs=2)
        with psycopg.connect(postgres.dsn(copy)) as connection:
            counted = connection.execute("SELECT count(*) FROM big").fetchall()

    assert counted == [(1_000_000,)]
    assert outcome.plain_bytes == path.stat().st_size
