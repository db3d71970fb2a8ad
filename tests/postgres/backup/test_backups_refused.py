"""Backups that are refused, fail or are cancelled leave nothing and stand in the history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql

from core.assess.backups import findings
from core.assess.situation import Situation
from core.backup import layout
from core.backup.identity import claim
from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.key_file import write_key_file
from core.backup.progress import SilentReporter
from core.backup.repository.open import open_repository
from core.backup.run import run_backup_job
from core.config.encryption_settings import EncryptionSettings
from core.config.settings import ServerSettings
from core.errors import (
    BackupError,
    CancelledError,
    ConfigError,
    ForeignRepositoryError,
    KeyMissingError,
    NewerFormatError,
    PreflightError,
    ServerError,
    WrongKeyError,
)
from core.model.health import Severity
from core.schedule.overview import read_light
from tests.postgres.backup.taken import DAY, attempts
from tests.servers.backing_up import SERVER, BackupSite
from tests.servers.cancelling import CancelledIn
from tests.servers.databases import execute
from tests.servers.documents import rewritten


def test_where_no_repository_can_be_used_nothing_is_begun(site: BackupSite) -> None:
    site.local.rename(site.local.with_name("elsewhere"))
    with pytest.raises(BackupError) as refused:
        site.take()
    assert "No repository can be used" in refused.value.what
    assert [run.status for run in attempts(site)] == ["failed"]


def test_a_repository_of_another_cluster_is_refused(site: BackupSite) -> None:
    repository = open_repository("local", site.settings.repositories["local"])
    claim(repository, SERVER, "7000000000000000001")
    with pytest.raises(BackupError) as refused:
        site.take()
    assert "another server" in refused.value.what
    assert site.backups_in(site.local) == {}
    with pytest.raises(ForeignRepositoryError):
        claim(repository, SERVER, "7000000000000000002")


def test_a_repository_of_a_newer_pgvigil_is_left_alone(site: BackupSite) -> None:
    site.take()
    path = site.local / layout.REPOSITORY_FILE
    path.write_bytes(rewritten(path.read_bytes(), version=9))
    before = site.backups_in(site.local)
    with pytest.raises(BackupError) as refused:
        site.take()
    assert "newer pgvigil" in refused.value.what
    assert isinstance(refused.value.__cause__, NewerFormatError)
    assert site.backups_in(site.local) == before


def test_a_name_that_is_no_text_is_named_as_the_reason(site: BackupSite) -> None:
    name = f"raw_{site.server_database}"
    make = "CREATE DATABASE {} ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'"
    execute(site.server, sql.SQL(make).format(sql.Identifier(name)))
    try:
        dsn = site.server.dsn(name)
        with psycopg.connect(dsn, autocommit=True, client_encoding="SQL_ASCII") as connection:
            connection.execute(b'CREATE TABLE "caf\xe9" ()')
        server = replace(site.settings.servers[SERVER], dsn=dsn)
        with pytest.raises(BackupError, match="A name in this database is not text") as refused:
            site.changed(servers={SERVER: server}).take()
    finally:
        execute(site.server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    assert "rename it" in refused.value.remedy


def test_no_backup_is_taken_before_the_key_is_known_to_be_kept(site: BackupSite) -> None:
    unsure = site.changed(encryption=EncryptionSettings())
    with pytest.raises(PreflightError) as refused:
        unsure.take()
    assert "confirm" in refused.value.remedy


def test_a_second_backup_of_the_same_database_is_refused_with_who_and_since_when(
    site: BackupSite,
) -> None:
    resource = f"backup:{SERVER}/{site.server_database}"
    lease = site.store.leases.acquire(resource, "berta@host since 2026-11-21 02:00:00 UTC", 60)
    assert lease is not None
    with pytest.raises(BackupError) as refused:
        site.take()
    assert "under way" in refused.value.what
    assert "berta@host since 2026-11-21 02:00:00 UTC" in refused.value.why
    site.store.leases.release(lease)
    site.take()


def test_a_backup_that_is_cancelled_leaves_nothing(site: BackupSite) -> None:
    first = site.take().manifest
    before = site.backups_in(site.local)
    for phase in ("preparing", "fingerprint", "dump", "store", "commit"):
        stopped = replace(site, reporter=CancelledIn(phase))
        with pytest.raises(CancelledError):
            stopped.take()
        assert site.backups_in(site.local) == before
        assert site.leftovers() == set()
    assert site.take("incremental").manifest.parent_id == first.backup_id
    states = [run.status for run in attempts(site)]
    assert states.count("cancelled") == 5


def test_one_database_that_fails_does_not_keep_the_others_from_it(site: BackupSite) -> None:
    results = site.results(databases=["no such database", site.server_database])
    assert [result.error is None for result in results] == [False, True]
    order = site.order(databases=["no such database", site.server_database])
    with pytest.raises(BackupError) as told:
        run_backup_job(site.store, site.settings, order, SilentReporter())
    assert told.value.what.startswith("1 of 2 databases")


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        ("weekly", {}, "no kind of backup 'weekly'"),
        ("data", {}, "needs a choice"),
        ("full", {"tables": ["orders"]}, "is of everything"),
        ("full", {"copies": "local"}, "no list in JSON"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    site: BackupSite, kind: str, arguments: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        site.results(kind, **arguments)
    assert words in refused.value.what


def test_an_order_for_an_unknown_server_is_refused(site: BackupSite) -> None:
    other = site.changed(servers={"blog": ServerSettings(dsn=site.dsn)})
    with pytest.raises(ConfigError):
        other.take()


def test_a_server_that_is_down_counts_as_a_failed_backup(site: BackupSite) -> None:
    down = site.changed(servers={SERVER: ServerSettings(dsn="postgresql://a@127.0.0.1:1/b")})
    with pytest.raises(ServerError):
        down.take()
    (attempt,) = attempts(site)
    assert attempt.status == "failed"
    assert "nothing listens" in attempt.error


def test_a_backup_without_its_key_counts_as_failed_for_each_database_that_was_asked_for(
    site: BackupSite,
) -> None:
    site.key_file.unlink()
    with pytest.raises(KeyMissingError):
        site.results(databases=[site.server_database, "billing"])
    found = {(run.database, run.status) for run in attempts(site)}
    assert found == {(site.server_database, "failed"), ("billing", "failed")}
    until = datetime.now(UTC) + DAY
    (rate,) = site.store.attempts.success(SERVER, (7,), until=until)
    assert (rate.succeeded, rate.ended) == (0, 2)
    overview = read_light(site.store, site.settings, SERVER, until)
    situation = Situation(until, site.settings.thresholds, backups=overview)
    told = {each.fingerprint: each.severity for each in findings(situation)}
    assert told["backups.key:main"] is Severity.CRITICAL
    assert "backups.last_run" in told


def test_another_key_in_the_place_of_that_of_the_first_backup_seals_nothing(
    site: BackupSite,
) -> None:
    first = site.take().manifest
    site.key_file.unlink()
    write_key_file(site.key_file, KeyEncryptionKey.generate())
    with pytest.raises(WrongKeyError, match="This is not key main"):
        site.results()
    assert set(site.backups_in(site.local)) == {first.backup_id}
