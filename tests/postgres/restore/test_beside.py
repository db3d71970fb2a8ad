"""A backup restored as a new database: proven, or not there at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from core.backup.keys.sources import load_opening_keys
from core.backup.progress import JobReporter, SilentReporter
from core.backup.repository.open import open_repository
from core.backup.unsealing import SealedSource
from core.errors import CancelledError, DamagedArtifactError, RestoreError
from core.model.backup import Manifest, TableName
from core.restore.archive.own import as_any_new
from core.restore.beside import NewDatabase, restore_beside
from core.restore.target.create import connect_elsewhere, left_behind
from core.restore.validate import Validation
from tests.postgres.connecting import run
from tests.servers.backing_up import SERVER, BackupSite
from tests.servers.cancelling import Stops
from tests.servers.dumping import clients, endpoint
from tests.servers.everything import empty_database

NAME = 'restored "ünï"'


@pytest.fixture(autouse=True)
def _taken_away(site: BackupSite) -> Iterator[None]:
    yield
    with psycopg.connect(site.server.dsn(), autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(drop.format(sql.Identifier(NAME)))


def restore(
    site: BackupSite,
    manifest: Manifest,
    staging: Path,
    reporter: JobReporter = SilentReporter(),
    dsn: str = "",
) -> Validation:
    staging.mkdir()
    settings = site.settings
    keys = load_opening_keys(settings.encryption, settings.keys)
    repository = open_repository("local", settings.repositories["local"])
    server, own = endpoint(dsn or site.server.dsn()), as_any_new(NAME)
    new = NewDatabase(server, clients(site.tools), NAME, "r1", workers=2, own=own)
    source = SealedSource.of(repository, SERVER, keys)
    return restore_beside(source, manifest, new, staging, reporter)


def databases(site: BackupSite) -> set[str]:
    with psycopg.connect(site.server.dsn()) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


@pytest.mark.parametrize("kind", ["full", "incremental"])
def test_it_is_there_open_and_proven(site: BackupSite, tmp_path: Path, kind: str) -> None:
    if kind == "incremental":
        site.take()
        with psycopg.connect(site.dsn, autocommit=True) as connection:
            connection.execute("DELETE FROM items WHERE id % 7 = 0")
    manifest = site.take(kind).manifest
    found = restore(site, manifest, tmp_path / "staging")

    assert (found.differences, found.is_proven, found.unhashed) == ((), True, 0)
    assert (found.tables, found.rows) == (3, sum(e.rows or 0 for e in manifest.fingerprint.tables))
    with psycopg.connect(site.server.dsn(NAME)) as connection:
        count = connection.execute("SELECT count(*) FROM orders").fetchone()
        assert count == (3000,)
        may = "SELECT has_database_privilege('public', current_database(), 'CONNECT')"
        assert connection.execute(may).fetchone() == (True,)
    with psycopg.connect(site.server.dsn()) as connection:
        assert left_behind(connection) == ()


def test_sessions_that_begin_read_only_keep_nothing_from_being_restored(
    site: BackupSite, tmp_path: Path
) -> None:
    """Those of the database that the config names, and of the role in every other one."""
    manifest = site.take().manifest
    with empty_database(site.server) as name:
        dsn = site.server.dsn(name)
        run(dsn, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        read_only = make_conninfo(dsn, options="-c default_transaction_read_only=on")
        assert restore(site, manifest, tmp_path / "staging", dsn=read_only).is_proven
        with closing(connect_elsewhere(endpoint(dsn), NAME)) as connection:
            drop = sql.SQL("DROP DATABASE {}")
            connection.execute(drop.format(sql.Identifier(NAME)))
    assert NAME not in databases(site)


def test_what_is_different_from_the_backup_is_listed(site: BackupSite, tmp_path: Path) -> None:
    manifest = site.take().manifest
    tables = tuple(
        replace(each, rows=(each.rows or 0) + 1) if each.name == "orders" else each
        for each in manifest.fingerprint.tables
    )
    claimed = replace(manifest, fingerprint=replace(manifest.fingerprint, tables=tables))
    found = restore(site, claimed, tmp_path / "staging")
    assert found.differences == ("table public.orders: 3000 rows instead of 3001",)


def test_a_damaged_backup_touches_no_server(site: BackupSite, tmp_path: Path) -> None:
    manifest = site.take().manifest
    (rows,) = (each for each in manifest.artifacts if each.table == TableName("public", "items"))
    path = site.local / SERVER / rows.backup_id / "artifacts" / f"{rows.name}.sealed"
    path.write_bytes(path.read_bytes()[:-1])
    before = databases(site)
    with pytest.raises(DamagedArtifactError):
        restore(site, manifest, tmp_path / "staging")
    assert databases(site) == before


def test_a_name_that_is_taken_meanwhile_stays_its_owners(site: BackupSite, tmp_path: Path) -> None:
    manifest = site.take().manifest
    with psycopg.connect(site.server.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
    with pytest.raises(RestoreError, match="There is a database"):
        restore(site, manifest, tmp_path / "staging")
    assert NAME in databases(site)


@pytest.mark.parametrize("phase", ["fetch", "definitions", "rows", "validate"])
def test_who_cancels_it_finds_nothing_of_it(site: BackupSite, tmp_path: Path, phase: str) -> None:
    manifest = site.take().manifest
    before = databases(site)
    with pytest.raises(CancelledError):
        restore(site, manifest, tmp_path / "staging", Stops(phase))
    assert databases(site) == before
