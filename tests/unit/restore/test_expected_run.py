"""A restore's time left is told by what its plan expects."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from core.api.restores import write_plan
from core.config.settings import Settings, StoreSettings
from core.model.job import JobKind, JobOrder
from core.model.restore import RestorePlan, RestoreWish, Step, TargetKind
from core.restore.expected_run import expected_run
from core.restore.job import PLAN
from core.schedule.estimate import Meter
from core.schedule.history import history_of
from core.schedule.order import Launch
from core.store.store import Store

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WISH = RestoreWish("shop", "orders", TargetKind.BESIDE, "shop", "again")
STEPS = (
    Step("prepare", "look", seconds=2.0),
    Step("fetch", "fetch", seconds=10.0),
    Step("rows", "load", seconds=30.0),
    Step("validate", "compare", seconds=20.0),
    Step("pg_amcheck", "look through", seconds=5.0),
    Step("validate", "ask", seconds=0.0),
)
KNOWN = RestorePlan(
    "p1", NOON, WISH, "b1", "local", NOON, "", (), (), STEPS, 100, 100, (), "", {}
)  # fmt: skip


def order(plan: RestorePlan) -> JobOrder:
    return JobOrder(JobKind.RESTORE, "shop", "anna", {PLAN: write_plan(plan).decode()})


def left(phase: str, since: float = 0.0, total: int | None = None) -> float | None:
    meter = Meter(expected_run(order(KNOWN)), rate_seconds=20)
    meter.phase(phase, total, 0.0)
    return meter.progress(since).seconds_left


def test_what_is_left_is_this_phase_and_all_that_follow() -> None:
    assert left("prepare") == 2 + 10 + 30 + 20 + 5
    assert left("rows", since=12.0) == 18 + 20 + 5
    assert left("pg_amcheck", since=9.0) == 0.0


def test_a_part_of_the_comparison_counts_what_follows_it() -> None:
    meter = Meter(expected_run(order(KNOWN)), rate_seconds=20)
    meter.phase("fingerprint", 100, 0.0)
    meter.advance(50, 10.0)
    assert meter.progress(10.0).seconds_left == 10.0 + 5.0


def test_where_a_step_is_not_known_nothing_is_foretold() -> None:
    unknown = replace(KNOWN, steps=(*STEPS, Step("swap", "exchange")))
    assert expected_run(order(unknown)) == ()
    assert expected_run(JobOrder(JobKind.RESTORE, "shop", "anna", {})) == ()


def test_a_restores_process_goes_by_it(tmp_path: Path) -> None:
    store = Store.open(StoreSettings(), state_folder=tmp_path, migrate=True)
    with closing(store):
        launch = Launch("j1", order(KNOWN), str(tmp_path), Settings())
        assert history_of(store, launch) == expected_run(order(KNOWN)) != ()
        other = replace(launch, order=JobOrder(JobKind.BACKUP, "shop", "anna"))
        assert history_of(store, other) == ()
