"""What merges write down for themselves in a live database is nothing that anybody restores."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql

from core.api.restorable import contents_of, timeline_of
from core.restore.merge.journal import is_of_a_merge, schema_of
from core.schedule.jobs import new_job_id
from tests.postgres.restore.conftest import Backed
from tests.servers.backing_up import SERVER


@pytest.fixture
def backup_id(backed: Backed) -> str:
    """A backup that was taken while a merge had its schema there; it is gone since."""
    schema = sql.Identifier(schema_of(new_job_id()))
    with psycopg.connect(backed.site.dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        connection.execute(sql.SQL("CREATE TABLE {}.journal (entry text)").format(schema))
        try:
            taken = backed.site.take().manifest
        finally:
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(schema))
    assert any(is_of_a_merge(each.schema) for each in taken.fingerprint.tables)
    return taken.backup_id


def test_they_are_not_offered_though_a_backup_has_them(backed: Backed, backup_id: str) -> None:
    store, settings = backed.site.store, backed.site.settings
    contents = contents_of(SERVER, backup_id, store, settings)
    assert {each.table.schema for each in contents.tables} >= {"sales"}
    assert not any(is_of_a_merge(each.table.schema) for each in contents.tables)
    points = timeline_of(SERVER, store, settings, datetime.now(UTC)).points
    (point,) = (each for each in points if each.entry.backup_id == backup_id)
    assert point.gone == ()


def test_a_schema_of_somebody_else_is_offered_whatever_it_is_called() -> None:
    assert not any(map(is_of_a_merge, ("pgvigil_restore_notes", "pgvigil_restore_", "sales")))
