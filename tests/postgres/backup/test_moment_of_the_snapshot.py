"""A backup's moment is not before that of its snapshot, however long it waited for locks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import psycopg

from core.backup.dump.snapshot import hold_snapshot
from tests.postgres.connecting import held, rows, run
from tests.servers.dumping import SETTINGS, endpoint
from tests.servers.waiting import eventually

PATIENT = replace(SETTINGS, lock_wait_seconds=60)


def moment_and_rows(dsn: str, table: str) -> tuple[datetime, int]:
    """The moment of a snapshot, and how many rows it sees."""
    with hold_snapshot(endpoint(dsn, PATIENT)) as snapshot:
        counted = snapshot.connection.execute(
            f"SELECT count(*) FROM public.{table}".encode()
        ).fetchone()
        assert counted is not None
        return snapshot.taken_at, counted[0]


def waits_with(dsn: str, statement: str) -> bool:
    """Whether the backup waits for a lock in a statement like this one."""
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'pgvigil backup'"
        " AND datname = current_database() AND wait_event_type = 'Lock' AND query LIKE %s"
    )
    return bool(rows(dsn, query, statement))


def test_what_was_committed_while_it_waited_for_locks_is_not_later_than_its_moment(
    database: str,
) -> None:
    run(database, *(f"CREATE TABLE {name} AS VALUES (1), (2)" for name in ("a", "b")))
    # The backup looks at the sizes in this order, and would wait at a locked table there already.
    first, last = (
        name
        for (name,) in rows(
            database, "SELECT relname FROM pg_class WHERE relname IN ('a', 'b') ORDER BY ctid"
        )
    )
    with ThreadPoolExecutor(1) as beside, psycopg.connect(database) as mishap:
        with held(database, "BEGIN", f"LOCK TABLE {last}"):
            backup = beside.submit(moment_and_rows, database, first)
            eventually(lambda: waits_with(database, "%pg_table_size%"))
            mishap.execute(f"DELETE FROM {first}".encode())
            mishap.execute(f"LOCK TABLE {first}".encode())
        eventually(lambda: waits_with(database, "LOCK TABLE%"))
        before = mishap.execute("SELECT clock_timestamp()").fetchone()
        mishap.commit()
        moment, seen = backup.result()

    assert seen == 0
    assert before is not None
    assert moment > before[0]
