"""What a backup reads by itself counts for no failure of the database that it reads."""

from __future__ import annotations

from pathlib import Path

from core.backup.dump import preflight
from core.backup.dump.snapshot import hold_snapshot
from core.backup.fingerprint import take
from core.model.backup import BackupKind, Selection
from core.postgres.embedded import EmbeddedServer
from tests.postgres.backup.conftest import TABLES, run
from tests.postgres.connecting import rows
from tests.servers.dumping import SEEDS, SILENT, clients, endpoint
from tests.servers.waiting import eventually


def rolled_back(dsn: str, database: str) -> int:
    """How many transactions were, of all sessions of a database: they have ended."""
    there = f"SELECT 1 FROM pg_stat_activity WHERE datname = '{database}'"
    eventually(lambda: not rows(dsn, there))
    counted = f"SELECT xact_rollback FROM pg_stat_database WHERE datname = '{database}'"
    return int(rows(dsn, counted)[0][0])


def test_a_look_a_snapshot_and_its_fingerprint_roll_nothing_back(
    postgres: EmbeddedServer, database: str, tmp_path: Path
) -> None:
    run(database, TABLES)
    reached = endpoint(database)
    before = rolled_back(postgres.dsn(), reached.database)
    preflight.check(
        reached,
        clients(postgres.programs),
        tmp_path,
        kind=BackupKind.FULL,
        selection=Selection(),
    )
    with hold_snapshot(reached) as held:
        take(held, seeds=SEEDS, workers=2, budget_bytes=0, selection=Selection(), reporter=SILENT)
        held.finish()
    assert rolled_back(postgres.dsn(), reached.database) == before
