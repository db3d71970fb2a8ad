"""Copies are looked after wherever they are, also where ``[backup] copies`` does not send them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.api.backup_care import BackupCare, RepositoryPlan
from core.backup.progress import SilentReporter
from core.backup.prune.job import run_prune_job
from core.backup.verify.run import Wanted
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.config.verify_settings import VerifySettings
from core.model.job import JobKind, JobOrder
from tests.contract.repositories import small_folder
from tests.contract.verify.verifying import (
    COMPLETE,
    DUE,
    EVERYTHING,
    SEALING,
    damage,
    verify,
)
from tests.servers.backed_up import BackedUp, backed_up
from tests.servers.sealed_backups import SERVER


@pytest.fixture
def host(tmp_path: Path) -> Iterator[BackedUp]:
    """A host whose backups go to the first of two repositories, unless an order says otherwise."""
    places = {name: small_folder(tmp_path / name).settings for name in ("first", "second")}
    verifying = VerifySettings(level="sealed", share=1)
    with backed_up(tmp_path, places, SEALING, verify=verifying) as host:
        host.settings = replace(
            host.settings, backup=replace(host.settings.backup, copies=("first",))
        )
        host.later(days=60)
        yield host


@pytest.mark.parametrize("wanted", [EVERYTHING, DUE, None], ids=["all", "due", "named"])
def test_a_damaged_copy_is_found_and_repaired_there(host: BackedUp, wanted: Wanted | None) -> None:
    backup = host.put(SEALING.full(copies=("first", "second")))
    damage(host, "second", backup)
    outcome = verify(host, wanted or Wanted(frozenset({backup.backup_id})))
    assert {(each.repository, bool(each.problem)) for each in outcome.copies} == {
        ("first", False),
        ("second", True),
    }
    assert [each.repository for each in outcome.repaired] == ["second"]


def test_what_the_policy_lets_go_goes_there(host: BackedUp) -> None:
    few = KeepSettings(days=1, count=1, daily=0, weekly=0, monthly=0, yearly=0)
    retention = RetentionSettings(full=few, settle_days=0)
    host.settings = replace(host.settings, retention=retention)
    host.at = datetime.now(UTC)  # the job asks the clock itself
    before = host.at - timedelta(days=59)
    gone = SEALING.full(0, snapshot_at=before, finished_at=before, copies=("second",))
    kept = SEALING.full(19, snapshot_at=host.at, finished_at=host.at)
    for backup in (gone, kept):
        host.put(backup, "second")
    plans = BackupCare(host.settings, host.store, Path(), now=host.now).plans()
    planned = {each.repository: each for each in plans if isinstance(each, RepositoryPlan)}
    assert [each.backup_id for each in planned["second"].plan.expire] == [gone.backup_id]
    order = JobOrder(JobKind.PRUNE, SERVER, "ana", {"confirmed": "yes"})
    told = run_prune_job(host.store, host.settings, order, SilentReporter())
    assert (
        told == "first: 0 destroyed (0 bytes), 0 expired; second: 0 destroyed (0 bytes), 1 expired"
    )


def test_what_was_asked_for_and_not_looked_at_is_told(host: BackedUp) -> None:
    backup = host.put(SEALING.full(), "first")
    outcome = verify(host, Wanted(frozenset({backup.backup_id})), "second")
    assert [each.problem for each in outcome.copies] == ["it was not looked at: no copy is there"]
    assert not outcome.is_well
    assert verify(host, DUE, "second").is_well


def test_a_copy_in_a_repository_that_the_config_has_no_more_is_not_told_as_good(
    host: BackedUp,
) -> None:
    backup = host.put(SEALING.full())
    only = {"first": host.settings.repositories["first"]}
    host.settings = replace(host.settings, repositories=only)
    for wanted in (EVERYTHING, Wanted(frozenset({backup.backup_id}))):
        outcome = verify(host, wanted)
        assert [each.repository for each in outcome.unknown] == ["second"]
        assert outcome.sentence().startswith("1 of 2 copies are good")
    assert [each.repository for each in verify(host, DUE).unknown] == ["second"]
    assert host.states(backup) == {"first": COMPLETE, "second": COMPLETE}
