"""What stands in the way of a whole backup is said before it is begun."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.globals import dump_globals
from core.backup.dump.preflight import check
from core.backup.dump.presets import SUPABASE
from core.errors import PreflightError
from core.model.backup import ArchiveFormat
from core.postgres.client_programs import ClientPrograms
from core.postgres.embedded import EmbeddedServer, Programs
from tests.postgres.connecting import run
from tests.servers.databases import fresh_role
from tests.servers.dumping import SETTINGS, SILENT, clients, dump, endpoint
from tests.servers.everything import empty_database
from tests.servers.factory import ServerFactory


@pytest.fixture
def tools(programs: Programs) -> ClientPrograms:
    return clients(programs)


def test_a_superuser_may_back_up_everything(
    database: str, tools: ClientPrograms, tmp_path: Path
) -> None:
    found = check(endpoint(database), tools, tmp_path)

    assert found.archive_format is ArchiveFormat.DIRECTORY
    assert found.passwords
    assert not found.is_standby
    assert found.system_identifier.isdecimal()
    assert "pg_stat_statements" in dict(found.extensions)
    assert found.notes == ()


def test_a_table_that_the_role_may_not_read_is_named(
    postgres: EmbeddedServer, tools: ClientPrograms, tmp_path: Path
) -> None:
    with empty_database(postgres) as name, fresh_role(postgres) as (role, password):
        run(postgres.dsn(name), "CREATE TABLE secret (a int)")
        with pytest.raises(PreflightError) as raised:
            check(endpoint(postgres.dsn(name, user=role, password=password)), tools, tmp_path)

    assert f"{role} may not read public.secret" in raised.value.what
    assert "pg_read_all_data" in raised.value.remedy


def test_row_level_security_is_never_a_silent_subset(
    postgres: EmbeddedServer, tools: ClientPrograms, tmp_path: Path
) -> None:
    with (
        empty_database(postgres) as name,
        fresh_role(postgres, member_of="pg_read_all_data") as (role, password),
    ):
        dsn = postgres.dsn(name, user=role, password=password)
        run(
            postgres.dsn(name),
            "CREATE TABLE mine (a int)",
            "ALTER TABLE mine ENABLE ROW LEVEL SECURITY",
        )
        with pytest.raises(PreflightError) as raised:
            check(endpoint(dsn), tools, tmp_path)
        run(postgres.dsn(), f"ALTER ROLE {role} BYPASSRLS")
        check(endpoint(dsn), tools, tmp_path)

    assert "public.mine" in raised.value.why
    assert "BYPASSRLS" in raised.value.remedy


def test_a_role_that_may_only_read_tables_backs_up_without_passwords(
    postgres: EmbeddedServer, tools: ClientPrograms, tmp_path: Path
) -> None:
    with fresh_role(postgres) as (role, password), empty_database(postgres) as name:
        dsn = postgres.dsn(name, user=role, password=password)
        run(
            postgres.dsn(name),
            "CREATE TABLE t AS SELECT 1 AS a",
            "CREATE SEQUENCE s",
            f"GRANT SELECT ON t, s TO {role}",
        )
        found = check(endpoint(dsn), tools, tmp_path)
        dump(dsn, tools, tmp_path / "dump")
        text = dump_globals(endpoint(dsn), tools, passwords=found.passwords, reporter=SILENT)

    assert not found.passwords
    assert "without theirs" in found.notes[0]
    assert f"CREATE ROLE {role}".encode() in text
    assert b"SCRAM" not in text


def test_the_globals_of_a_superuser_hold_verifiers(database: str, tools: ClientPrograms) -> None:
    text = dump_globals(endpoint(database), tools, passwords=True, reporter=SILENT)

    assert b"SCRAM-SHA-256$" in text


def test_large_objects_of_others_stand_in_the_way(
    postgres: EmbeddedServer, tools: ClientPrograms, tmp_path: Path
) -> None:
    with empty_database(postgres) as name, fresh_role(postgres) as (role, password):
        run(postgres.dsn(name), "SELECT lo_create(0)")
        with pytest.raises(PreflightError) as raised:
            check(endpoint(postgres.dsn(name, user=role, password=password)), tools, tmp_path)

    assert "may not read 1 large object:" in raised.value.what


def test_a_small_disk_makes_the_dump_a_stream(
    database: str, tools: ClientPrograms, tmp_path: Path
) -> None:
    run(database, "CREATE TABLE big AS SELECT n FROM generate_series(1, 100000) AS n")
    huge = replace(SETTINGS, staging_share=1e12)

    found = check(endpoint(database, huge), tools, tmp_path)

    assert found.archive_format is ArchiveFormat.CUSTOM
    assert "bytes free" in found.notes[0]


def test_a_pg_dump_older_than_the_server_is_refused(
    database: str, tools: ClientPrograms, tmp_path: Path
) -> None:
    with pytest.raises(PreflightError, match="older than the server"):
        check(endpoint(database), replace(tools, version_num=170006), tmp_path)


def test_a_standby_can_be_backed_up(
    start_server: ServerFactory, tools: ClientPrograms, tmp_path: Path
) -> None:
    primary = start_server()
    run(primary.dsn(), "CREATE TABLE t AS SELECT 1 AS a", "CREATE UNLOGGED TABLE u (a int)")
    standby = start_server.standby(primary)

    found = check(endpoint(standby.dsn()), tools, tmp_path)
    fingerprint, _, _ = dump(standby.dsn(), tools, tmp_path / "dump")

    assert found.is_standby
    assert "unlogged" in found.notes[0]
    assert [each.name for each in fingerprint.tables] == ["t"]


def test_platforms_schemas_are_left_out(
    database: str, tools: ClientPrograms, tmp_path: Path
) -> None:
    run(database, "CREATE SCHEMA vault", "CREATE TABLE vault.secrets (a int)")

    found = check(endpoint(database), tools, tmp_path, platform=SUPABASE)
    fingerprint, _, files = dump(database, tools, tmp_path / "dump", selection=found.selection)

    assert fingerprint.tables == ()
    assert files == ["toc.dat"]
    assert "storage" in found.notes[0]


def test_no_secret_is_shown(postgres: EmbeddedServer) -> None:
    there: Endpoint = endpoint(postgres.dsn())

    assert postgres.password not in repr(there)
    assert postgres.password not in there.conninfo()
