"""A watcher looks at backups now and then, and records what they take when that changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.config.settings import EngineSettings, Settings
from core.engine.backups import BackupLook
from core.engine.store_thread import StoreThread
from core.model.backup import BackupKind
from core.model.series import Metric
from core.store.store import Store
from tests.contract.catalogued import AT, CHILD, copy, entry

SETTINGS = Settings(engine=EngineSettings(backups_seconds=10))


@dataclass
class SetClock:
    """A clock that stands until it is set."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return AT + timedelta(days=1, seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
async def thread(open_store: Callable[..., Store], store: Store) -> AsyncIterator[StoreThread]:
    made = StoreThread(lambda: open_store(migrate=False))
    yield made
    await made.close()


def values(samples: tuple[Any, ...]) -> dict[Metric, float]:
    return {each.metric: each.value for each in samples}


async def test_it_looks_no_more_often_than_it_is_told(store: Store, thread: StoreThread) -> None:
    clock = SetClock()
    look = BackupLook(SETTINGS, "shop", thread, clock)
    assert await look.look() == ()
    first = look.newest
    assert first is not None
    store.catalog.add(entry(copies=(copy("local"),)))
    clock.seconds = 9
    await look.look()
    assert look.newest is first
    clock.seconds = 10
    await look.look()
    assert look.newest is not None
    assert look.newest.weakest is not None


async def test_what_backups_take_is_recorded_by_kind_when_it_changes_and_every_hour(
    store: Store, thread: StoreThread
) -> None:
    clock = SetClock()
    store.catalog.add(entry(sealed_bytes=100, copies=(copy("local"),)))
    look = BackupLook(SETTINGS, "shop", thread, clock)
    assert values(await look.look()) == {Metric.BACKUPS_FULL_BYTES: 100}
    clock.seconds = 60
    assert await look.look() == ()
    child = entry(
        CHILD, kind=BackupKind.INCREMENTAL, sealed_bytes=7, copies=(copy("local", CHILD),)
    )
    store.catalog.add(child)
    store.catalog.add(replace(child, backup_id="20261121T040000Z-schema-00000009", copies=(),
                              kind=BackupKind.SCHEMA, sealed_bytes=3))  # fmt: skip
    seen: dict[Metric, float] = {}
    while not seen:
        clock.seconds += 10
        seen = values(await look.look())
    assert clock.seconds < 400
    assert seen == {
        Metric.BACKUPS_FULL_BYTES: 100,
        Metric.BACKUPS_INCREMENTAL_BYTES: 7,
        Metric.BACKUPS_OTHER_BYTES: 3,
    }
    clock.seconds += 3600
    assert values(await look.look()) == seen


async def test_what_is_all_gone_is_recorded_as_nothing(store: Store, thread: StoreThread) -> None:
    clock = SetClock()
    store.catalog.add(entry(sealed_bytes=100, copies=(copy("local"),)))
    look = BackupLook(SETTINGS, "shop", thread, clock)
    await look.look()
    store.catalog.remove(entry().backup_id)
    seen: dict[Metric, float] = {}
    while not seen:
        clock.seconds += 10
        seen = values(await look.look())
    assert seen == {Metric.BACKUPS_FULL_BYTES: 0}
