"""A PostgreSQL store on a bad day: each says what happened, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from core.config.settings import StoreSettings
from core.errors import StoreError
from core.postgres.embedded import EmbeddedServer
from core.store.store import Store
from tests.contract.examples import NOW, SERVER, hold, seconds, taken
from tests.servers.factory import ServerFactory

STORE = StoreSettings(busy_seconds=2, wait_seconds=0.2)


def open_store(url: str, *, migrate: bool = True) -> Store:
    return Store.open(replace(STORE, url=url), migrate=migrate)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """A store with one snapshot."""
    store = open_store(database)
    store.write_tick(hold(store), SERVER, snapshots=[taken(NOW)])
    yield store
    store.close()


def refusal(url: str) -> StoreError:
    """What somebody is told who opens the store at ``url``."""
    with pytest.raises(StoreError) as refused:
        open_store(url)
    password = urlsplit(url).password
    assert password
    assert password not in str(refused.value)
    return refused.value


def test_a_wrong_password_is_named_and_not_shown(database: str) -> None:
    password = urlsplit(database).password
    assert password
    error = refusal(database.replace(password, "not-the-password"))
    assert "refuses the role or its password" in error.what
    assert "password_env" in error.remedy


def test_a_database_that_does_not_exist_is_named(postgres: EmbeddedServer) -> None:
    error = refusal(postgres.dsn("nowhere"))
    assert "nowhere" in error.what
    assert "CREATE DATABASE" in error.remedy


def test_a_server_that_is_not_there_is_named(database: str) -> None:
    port = urlsplit(database).port
    error = refusal(database.replace(f":{port}/", ":1/"))
    assert "can't be reached" in error.what


def test_a_role_that_may_not_create_tables_is_told_what_to_grant(monitor_dsn: str) -> None:
    error = refusal(monitor_dsn)
    assert "can't be written to" in error.what
    assert "CREATE on the schema" in error.remedy


def test_a_database_that_is_read_only_is_named(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    assert "can't be written to" in refusal(database).what


def test_a_table_that_somebody_locked_is_waited_for_and_then_named(
    store: Store, database: str
) -> None:
    lease = store.leases.holder(f"server:{SERVER}")
    assert lease is not None
    with psycopg.connect(database) as rival:
        rival.execute("LOCK TABLE snapshot IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreError) as refused:
            store.write_tick(lease, SERVER, snapshots=[taken(NOW + seconds(1))])
    assert "locked by another process" in refused.value.what

    store.write_tick(lease, SERVER, snapshots=[taken(NOW + seconds(2))])
    assert store.snapshots.step(SERVER, None, -2) == NOW


def test_a_server_that_stops_is_named_and_recording_goes_on_when_it_is_back(
    start_server: ServerFactory,
) -> None:
    server = start_server()
    store = open_store(server.dsn())
    lease = hold(store)
    store.write_tick(lease, SERVER, snapshots=[taken(NOW)])
    server.stop()
    with pytest.raises(StoreError) as refused:
        store.write_tick(lease, SERVER, snapshots=[taken(NOW + seconds(1))])
    assert "can't be reached" in refused.value.what
    assert "by itself" in refused.value.remedy

    server.start()
    store.write_tick(lease, SERVER, snapshots=[taken(NOW + seconds(2))])
    assert store.snapshots.step(SERVER, None, -2) == NOW
    store.close()


def test_a_standby_is_named(start_server: ServerFactory) -> None:
    primary = start_server()
    standby = start_server.standby(primary)
    assert "can't be written to" in refusal(standby.dsn()).what


@pytest.mark.parametrize("url", ["mysql://root@localhost/x", "not a url"])
def test_a_url_of_another_kind_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        Store.open(replace(STORE, url=url), state_folder=tmp_path, migrate=True)
    assert "postgresql://" in refused.value.remedy


def test_a_password_variable_that_is_not_set_is_named(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STORE_PASSWORD", raising=False)
    settings = replace(STORE, url=database, password_env="STORE_PASSWORD")
    with pytest.raises(StoreError) as refused:
        Store.open(settings, migrate=True)
    assert "STORE_PASSWORD" in refused.value.why

    monkeypatch.setenv("STORE_PASSWORD", str(urlsplit(database).password))
    Store.open(settings, migrate=True).close()


def without_password(dsn: str) -> tuple[str, str]:
    """The URL that may stand in a config, and the password."""
    place = urlsplit(dsn)
    url = f"postgresql://{place.username}@{place.hostname}:{place.port}{place.path}"
    return url, str(place.password)


def test_the_password_may_come_from_a_file_or_a_program(database: str, tmp_path: Path) -> None:
    url, password = without_password(database)
    file = tmp_path / "password"
    file.write_text(f"{password}\n")
    file.chmod(0o600)
    for settings in (
        replace(STORE, url=url, password_file=str(file)),
        replace(STORE, url=url, password_command=("cat", str(file))),
    ):
        Store.open(settings, migrate=True).close()


def test_a_file_that_everybody_can_read_is_refused(database: str, tmp_path: Path) -> None:
    url, password = without_password(database)
    file = tmp_path / "password"
    file.write_text(password)
    file.chmod(0o644)
    with pytest.raises(StoreError) as refused:
        Store.open(replace(STORE, url=url, password_file=str(file)), migrate=True)
    assert "everybody" in refused.value.why
    assert f"chmod 600 {file}" in refused.value.remedy
    assert password not in str(refused.value)


def test_a_password_that_was_changed_is_fetched_for_the_next_connection(
    start_server: ServerFactory, tmp_path: Path
) -> None:
    server = start_server()
    url, password = without_password(server.dsn())
    file = tmp_path / "password"
    file.write_text(password)
    file.chmod(0o600)
    store = Store.open(replace(STORE, url=url, password_file=str(file)), migrate=True)
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("ALTER ROLE postgres PASSWORD 'another'")
    file.write_text("another")
    server.restart()
    store.write_tick(hold(store), SERVER, snapshots=[taken(NOW)])
    store.close()
