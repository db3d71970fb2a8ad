"""What has two kinds (the store, repositories): the same specifications hold for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from core.backup.repository.protocol import Repository
from core.config.settings import StoreSettings
from core.store.store import Store
from tests.contract.repositories import Place, small_folder
from tests.servers.s3 import S3Server


class OpenStore(Protocol):
    """Opens the test's store once more, as another process would."""

    def __call__(self, *, migrate: bool = True, **settings: float) -> Store: ...


@pytest.fixture(params=["sqlite", "postgresql"])
def store_settings(request: pytest.FixtureRequest) -> StoreSettings:
    """Settings of an empty store of each kind."""
    if request.param == "sqlite":
        return StoreSettings(wait_seconds=1)
    return StoreSettings(url=request.getfixturevalue("database"), wait_seconds=1)


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
