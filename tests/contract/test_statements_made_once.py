"""What the store is asked for every few seconds is not put together anew each time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.sql.base import Generative

from core.api.frames import LiveFrames
from core.model.job import JobState
from core.model.series import Metric
from core.schedule.jobs import clear_dead, end_stuck
from core.store.store import Store
from tests.contract.catalogued import copy, entry
from tests.contract.overviews import NOW, SETTINGS

HOUR = timedelta(hours=1)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The steps in which statements are put together from now on."""
    steps: list[object] = []
    extend: Callable[..., Any] = Generative._generate

    def noted(self: Generative) -> Any:
        steps.append(type(self))
        return extend(self)

    monkeypatch.setattr(Generative, "_generate", noted)
    return steps


def test_a_console_and_a_watcher_ask_with_statements_that_are_there(
    store: Store, made: list[object], tmp_path: Path
) -> None:
    store.catalog.add(entry(copies=(copy(),)))
    store._names.register_server("shop")
    store._names.register_metric(Metric.CONNECTIONS_TOTAL.value)
    frames = LiveFrames("shop", SETTINGS)
    frames.read(store, NOW, 0.0)  # sums over the whole catalog are made now and then only
    made.clear()

    frames.read(store, NOW, SETTINGS.engine.backups_seconds)
    store.processes.alive(lost_after_seconds=30)
    store.samples.several("shop", [Metric.CONNECTIONS_TOTAL], NOW - HOUR, NOW, 60)
    store.requests.claim(["shop"], "watcher")
    end_stuck(store, settings=SETTINGS, servers=["shop"])
    clear_dead(store, settings=SETTINGS, state_folder=tmp_path, servers=["shop"])
    assert made == []

    store.jobs.finish("none", JobState.FAILED, "")
    assert made
