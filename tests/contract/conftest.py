"""What has two kinds (the store, repositories): the same specifications hold for both."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from core.backup.repository.protocol import Repository
from core.config.settings import StoreSettings
from core.postgres.embedded import EmbeddedServer, Programs, ServerAccount
from core.store.store import Store
from tests.contract.repositories import Place, small_folder
from tests.servers.databases import create_database
from tests.servers.everything import drop_database
from tests.servers.factory import ServerFactory
from tests.servers.s3 import S3Server

_EMPTY = "empty"


class OpenStore(Protocol):
    """Opens the test's store once more, as another process would."""

    def __call__(self, *, migrate: bool = True, **settings: float) -> Store: ...


@pytest.fixture(scope="session")
def stores_server(
    servers_folder: Path, programs: Programs, account: ServerAccount
) -> Iterator[EmbeddedServer]:
    """A server that has a store without rows, to copy: its tables take longer to make than a test
    takes."""
    factory = ServerFactory(servers_folder, programs, account)
    try:
        server = factory()
        create_database(server, _EMPTY)
        settings = StoreSettings(url=server.dsn(_EMPTY))
        Store.open(settings, state_folder=servers_folder / "nowhere", migrate=True).close()
        yield server
    finally:
        factory.remove_all()


@pytest.fixture
def stores_database(stores_server: EmbeddedServer) -> Iterator[str]:
    """The DSN of a database with the tables of a store, and without rows."""
    name = f"store_{secrets.token_hex(4)}"
    create_database(stores_server, name, _EMPTY)
    try:
        yield stores_server.dsn(name)
    finally:
        drop_database(stores_server, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_settings(request: pytest.FixtureRequest) -> StoreSettings:
    """Settings of an empty store of each kind; that on PostgreSQL has its tables already."""
    if request.param == "sqlite":
        return StoreSettings(wait_seconds=1)
    return StoreSettings(url=request.getfixturevalue("stores_database"), wait_seconds=1)


@pytest.fixture
def open_store(store_settings: StoreSettings, tmp_path: Path) -> Iterator[OpenStore]:
    """Opens the same store as often as it is called, and closes all of them in the end."""
    closing: list[Callable[[], None]] = []

    def opened(*, migrate: bool = True, **settings: float) -> Store:
        store = Store.open(
            replace(store_settings, **settings),  # type: ignore[arg-type]
            state_folder=tmp_path / "state",
            migrate=migrate,
        )
        closing.append(store.close)
        return store

    yield opened
    for close in closing:
        close()


@pytest.fixture
def store(open_store: OpenStore) -> Store:
    """An empty store."""
    return open_store()


@pytest.fixture
def other(open_store: OpenStore, store: Store) -> Store:
    """The same store, as another process has it open."""
    return open_store(migrate=False)


@pytest.fixture(params=["folder", "s3", "s3 below a prefix"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where an empty repository is, of each kind."""
    if request.param == "folder":
        return small_folder(tmp_path / "repository")
    server: S3Server = request.getfixturevalue("s3_server")
    prefix = "some/where" if "prefix" in request.param else ""
    settings = server.settings(part_bytes=1 << 20, prefix=prefix)
    return Place(settings, server.bucket / prefix)


@pytest.fixture
def repository(place: Place) -> Iterator[Repository]:
    """An empty repository of each kind."""
    with place.opened() as repository:
        yield repository
