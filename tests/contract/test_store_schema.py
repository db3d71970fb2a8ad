"""How a store is made, brought up to date, and asked by people."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from core.config.settings import StoreSettings
from core.errors import StoreError
from core.model.backup import Selection
from core.store import schema
from core.store.catalog_tables import backup_manifest
from core.store.codec import pack
from core.store.database import Database
from core.store.guided_drill_tables import metadata
from core.store.migrations.upgrade import scripts, upgrade
from core.store.seed_tables import security_events
from core.store.statements import StatementMinute
from core.store.store import Store
from tests.contract.catalogued import manifest
from tests.contract.conftest import OpenStore
from tests.contract.examples import NOW, SERVER, hold
from tests.contract.test_store_statements import KEY

START = """
import sys
from pathlib import Path
from core.config.settings import StoreSettings
from core.store.store import Store
store = Store.open(StoreSettings(url=sys.argv[1]), state_folder=Path(sys.argv[2]), migrate=True)
store.processes.alive(lost_after_seconds=1)
store.close()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def store_settings(request: pytest.FixtureRequest) -> StoreSettings:
    """Settings of a store of each kind that was never opened: it has no tables."""
    if request.param == "sqlite":
        return StoreSettings(wait_seconds=1)
    return StoreSettings(url=request.getfixturevalue("database"), wait_seconds=1)


def described(connection: Connection) -> dict[str, object]:
    """Every table and view with its columns, keys and indexes."""
    seen = inspect(connection)
    tables: dict[str, object] = {
        name: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in columns],
            seen.get_pk_constraint(name),
            sorted(map(str, seen.get_indexes(name))),
            sorted(map(str, seen.get_foreign_keys(name))),
            sorted(map(str, seen.get_check_constraints(name))),
        )
        for name in seen.get_table_names()
        if name != "alembic_version" and (columns := seen.get_columns(name))
    }
    return tables | {name: str(seen.get_view_definition(name)) for name in seen.get_view_names()}


def drop_everything(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("DROP VIEW query_performance"))
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))


def test_a_new_store_has_the_same_tables_as_a_migrated_one(store: Store) -> None:
    with store._database.reading() as connection:
        made = described(connection)
    drop_everything(store._database)
    with store._database.writing() as connection:
        upgrade(connection)
    with store._database.reading() as connection:
        assert described(connection) == made
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    assert found == [schema.HEAD]


@contextmanager
def grown_from(store: Store, revision: str) -> Iterator[Connection]:
    """Within, the store is as it was at a revision; then it is brought up to date."""
    drop_everything(store._database)
    with store._database.writing() as connection:
        config = scripts()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        yield connection
        upgrade(connection)


def test_a_store_of_the_first_revision_learns_what_its_backups_hold_and_their_order(
    store: Store,
) -> None:
    picked = Selection(tables=("b", "a"))
    with grown_from(store, "0001") as connection:
        for at, (name, found) in enumerate(
            (("one", Selection()), ("two", picked), ("three", None))
        ):
            connection.execute(
                text(
                    "INSERT INTO backup (backup_id, server_id, system_identifier, database, kind,"
                    " parent_id, chain_id, needs, snapshot_at, finished_at, sealed_bytes,"
                    " plain_bytes, key_id, kept_because) VALUES (:name, 'shop', '7', 'orders',"
                    " 'data', '', :name, '', :at, :ended, 1, 1, '', '')"
                ),
                {"name": name, "at": 20 - at, "ended": 21 - 10 * at},
            )
            if found is not None:
                named = ("vault",) if found == picked else ()
                made = replace(manifest(), backup_id=name, selection=found, copies=named)
                old = {k: v for k, v in msgspec.to_builtins(made).items() if k != "sequenced_at"}
                connection.execute(
                    backup_manifest.insert().values(
                        backup_id=name, payload=pack(msgspec.msgpack.encode(old))
                    )
                )
    entries = store.catalog.entries("shop")
    assert [each.backup_id for each in entries] == ["three", "two", "one"]
    assert {each.sequenced_at for each in entries} == {None}
    assert [each.selection for each in entries] == [Selection(), picked.in_order(), Selection()]
    assert [each.meant_for for each in entries] == [(), ("vault",), ()]


def test_a_store_of_an_earlier_revision_learns_which_backups_a_restore_has_proven(
    store: Store,
) -> None:
    with grown_from(store, "0005") as connection:
        insert_backup_of_revision_5(connection, "one", level=3, copies=("s3",))
        insert_backup_of_revision_5(connection, "two", level=2, copies=("s3",))
    proven = {each.backup_id: each.was_restored for each in store.catalog.entries("shop")}
    assert proven == {"one": True, "two": False}


def test_a_store_of_an_earlier_revision_takes_no_copy_for_expired_that_may_be_kept(
    store: Store,
) -> None:
    with grown_from(store, "0005") as connection:
        insert_backup_of_revision_5(connection, "lone", level=2, copies=("s3",), expired_at=1)
        insert_backup_of_revision_5(connection, "two", level=2, copies=("s3", "nas"), expired_at=1)
    expired = {
        (each.backup_id, copy.repository): bool(copy.expired_at)
        for each in store.catalog.entries("shop")
        for copy in each.copies
    }
    assert expired == {("lone", "s3"): True, ("two", "s3"): False, ("two", "nas"): False}
    with store._database.reading() as connection:
        rows = connection.execute(text("SELECT backup_id FROM backup WHERE expired_at IS NULL"))
        assert rows.scalars().all() == ["two"]


def insert_backup_of_revision_5(
    connection: Connection,
    name: str,
    *,
    level: int,
    copies: tuple[str, ...],
    expired_at: int | None = None,
) -> None:
    connection.execute(
        text(
            "INSERT INTO backup (backup_id, server_id, system_identifier, database, kind,"
            " parent_id, chain_id, needs, snapshot_at, finished_at, sealed_bytes,"
            " plain_bytes, key_id, kept_because, expired_at) VALUES (:name, 'shop', '7',"
            " 'orders', 'full', '', :name, '', 1, 2, 1, 1, '', '', :expired_at)"
        ),
        {"name": name, "expired_at": expired_at},
    )
    for repository in copies:
        connection.execute(
            text("INSERT INTO backup_copy VALUES (:name, :place, 'complete', :level, 3, '')"),
            {"name": name, "place": repository, "level": level},
        )


def test_the_tables_are_those_that_the_code_describes(store: Store) -> None:
    with store._database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_processes_that_start_together_on_a_fresh_store_all_come_up(
    store_settings: StoreSettings, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", START, store_settings.url, str(tmp_path / "together")]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
    errors = [process.communicate()[1].decode() for process in started]
    assert errors == [""] * 4


def test_opening_a_store_that_is_up_to_date_does_not_load_the_migrations(
    store_settings: StoreSettings, tmp_path: Path
) -> None:
    check = START + "assert not [name for name in sys.modules if name.startswith('alembic')]\n"
    for _ in range(2):
        command = [sys.executable, "-c", check, store_settings.url, str(tmp_path / "quick")]
        subprocess.run(command, check=True)


def test_a_reader_waits_a_little_for_the_store_to_be_made(open_store: OpenStore) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(migrate=False, wait_seconds=0.1)
    assert "pgvigil serve" in refused.value.remedy

    open_store()
    assert not open_store(migrate=False, wait_seconds=0.1).snapshots.latest(SERVER)


@pytest.mark.parametrize("migrate", [True, False])
def test_a_store_from_a_newer_version_is_left_alone(
    store: Store, open_store: OpenStore, *, migrate: bool
) -> None:
    with store._database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError) as refused:
        open_store(migrate=migrate)
    assert "newer" in refused.value.what
    assert "9999" in refused.value.why
    assert "upgrade pgvigil" in refused.value.remedy


def test_people_can_ask_which_statements_were_slow(store: Store) -> None:
    minute = NOW.replace(second=0, microsecond=0)
    entry = StatementMinute(minute, KEY, calls=4, total_ms=5000.0, rows=7)
    store.write_tick(hold(store), SERVER, statement_minutes=[entry])

    with store._database.reading() as connection:
        row = connection.execute(
            text(
                "SELECT query_type, execution_time_ms, row_count, query_hash, execution_plan,"
                " timestamp FROM query_performance WHERE execution_time_ms > 1000"
            )
        ).one()
    assert row[:5] == ("statement", 1250, 7, str(KEY.query_id), None)
    assert str(row[5]).startswith(minute.strftime("%Y-%m-%d %H:%M:00"))


def test_the_overview_of_security_lists_the_newest_events_first(store: Store) -> None:
    assert not store.security_events.overview(SERVER).configured
    with store._database.writing() as connection:
        for ago in (3, 1):
            connection.execute(
                security_events.insert().values(
                    server_id=SERVER, event_type="auth_failure", user_id="mallory",
                    ip_address="192.0.2.1", risk_score=70, details={"summary": f"{ago} h ago"},
                    timestamp=datetime.now(UTC) - timedelta(hours=ago),
                )
            )  # fmt: skip

    overview = store.security_events.overview(SERVER)
    assert overview.configured
    assert [event.summary for event in overview.events] == ["1 h ago", "3 h ago"]
    assert overview.events[0].principal == "mallory"
