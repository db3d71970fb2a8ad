"""The monitoring queries that people already have run on a PostgreSQL store, unchanged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from core.config.settings import StoreSettings
from core.store.seed_tables import backup_jobs, restore_operations
from core.store.store import Store


@pytest.fixture
def dsn(database: str, tmp_path: Path) -> str:
    """A store with a few backups and restores."""
    store = Store.open(StoreSettings(url=database), state_folder=tmp_path, migrate=True)
    now = datetime.now(UTC)
    with store._database.writing() as connection:
        for status, kind, days in (
            ("completed", "full", 0.1),
            ("completed", "incremental", 40),
            ("completed", "full", 5),
            ("failed", "full", 6),
        ):
            connection.execute(
                backup_jobs.insert().values(
                    server_id="shop", status=status, backup_type=kind, verification_status="",
                    file_size_bytes=1000, created_at=now - timedelta(days=days),
                )
            )  # fmt: skip
        connection.execute(
            restore_operations.insert().values(
                server_id="shop", restore_type="full", status="completed", target="copy",
                initiated_by="anna", created_at=now - timedelta(days=100),
            )
        )  # fmt: skip
    store.close()
    return database


def test_recent_backup_status(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT status FROM backup_jobs WHERE created_at > NOW() - INTERVAL '24 hours'"
            " ORDER BY created_at DESC"
        ).fetchall()
    assert rows == [("completed",)]


def test_backup_success_rate(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT status, COUNT(*), ROUND(COUNT(*) * 100.0 / SUM(COUNT(*)) OVER (), 2)::text"
            " FROM backup_jobs WHERE created_at > NOW() - INTERVAL '30 days' GROUP BY status"
            " ORDER BY status"
        ).fetchall()
    assert rows == [("completed", 2, "66.67"), ("failed", 1, "33.33")]


def test_storage_by_backup_type(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT backup_type, COUNT(*), SUM(file_size_bytes)::bigint,"
            " AVG(file_size_bytes)::bigint FROM backup_jobs WHERE status = 'completed'"
            " GROUP BY backup_type ORDER BY backup_type"
        ).fetchall()
    assert rows == [("full", 2, 2000, 1000), ("incremental", 1, 1000, 1000)]


def test_clean_up(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        jobs = connection.execute(
            "DELETE FROM backup_jobs WHERE created_at < NOW() - INTERVAL '30 days'"
            " AND backup_type = 'incremental'"
        )
        restores = connection.execute(
            "DELETE FROM restore_operations WHERE created_at < NOW() - INTERVAL '90 days'"
            " AND status IN ('completed', 'failed')"
        )
    assert (jobs.rowcount, restores.rowcount) == (1, 1)
