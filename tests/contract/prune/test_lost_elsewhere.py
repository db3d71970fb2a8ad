"""What vanished where it is kept is not destroyed in the last place that has it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.api.backup_care import BackupCare, RepositoryPlan
from core.backup import layout
from core.backup.markers import write_restored
from core.backup.progress import SilentReporter
from core.backup.prune.job import run_prune_job
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.model.backup import CopyState
from core.model.job import JobKind, JobOrder
from tests.contract.prune.pruning import (
    RETENTION,
    SEALING,
    folder,
    ids,
    look,
    prune,
    pruning,
    today,
)
from tests.servers.backed_up import BackedUp
from tests.servers.sealed_backups import SERVER, SealedBackup

_WEEKLY = RetentionSettings(
    full=KeepSettings(days=10, count=0, daily=0, weekly=8, monthly=0, yearly=0),
    grace_seconds=86_400,
)


def vanish(host: BackedUp, name: str, backup: SealedBackup) -> None:
    repository = host.repositories[name]
    prefix = layout.backup_folder(SERVER, backup.backup_id)
    repository.delete([each.path for each in repository.list(prefix)])


@pytest.fixture
def last(pair: BackedUp) -> SealedBackup:
    """The last of its week far away, and near due to be destroyed by the clock of this machine."""
    now = int(today())
    pair.settings = replace(pair.settings, retention=_WEEKLY)
    last = pair.put(SEALING.full(now - 20))
    pair.put(SEALING.full(now - 19.9, copies=("near",)), "near")
    pair.put(SEALING.full(now - 2.5))
    pair.later(days=now - 2 - 12)
    assert (prune(pair, "near").expired, prune(pair, "far").expired) == (ids(last), ())
    pair.later(days=2)
    return last


def scheduled_prune(host: BackedUp) -> str:
    order = JobOrder(JobKind.PRUNE, "", "schedule", {})
    return run_prune_job(host.store, host.settings, order, SilentReporter())


def test_a_scheduled_prune_looks_everywhere_before_it_destroys(
    pair: BackedUp, last: SealedBackup
) -> None:
    vanish(pair, "far", last)
    for _ in range(2):
        told = scheduled_prune(pair)
        assert "near: 0 destroyed" in told
        assert "missing" in told
    assert pair.states(last) == {"near": CopyState.COMPLETE, "far": CopyState.MISSING}
    look(pair)
    assert pair.states(last) == {"near": CopyState.COMPLETE, "far": CopyState.COMPLETE}
    assert "near: 1 destroyed" in scheduled_prune(pair)
    assert "manifest.sealed" in folder(pair, last, "far")


def test_a_prune_by_hand_plans_nothing_before_it_has_looked_everywhere(
    pair: BackedUp, last: SealedBackup
) -> None:
    care = BackupCare(pair.settings, pair.store, Path(), now=pair.now)
    near, _ = care.plans()
    assert isinstance(near, RepositoryPlan)
    assert [entry.backup_id for entry in near.plan.destroy] == list(ids(last))
    vanish(pair, "far", last)
    for copies in ((), ("near",)):
        near = next(care.plans(repositories=copies))
        assert isinstance(near, RepositoryPlan)
        assert near.plan.destroy == ()
        assert "kept in far, where no good copy" in " ".join(near.notes)


def test_what_vanishes_after_it_was_planned_is_looked_for_once_more(
    pair: BackedUp, last: SealedBackup
) -> None:
    at_work = pruning(pair, "near")
    planned = at_work.plan()
    assert [entry.backup_id for entry in planned.plan.destroy] == list(ids(last))
    vanish(pair, "far", last)
    outcome = at_work.do(planned)
    assert outcome.destroyed == ()
    assert "kept in far, where no good copy" in " ".join(outcome.notes)


def test_a_repository_that_is_away_is_not_believed_to_have_what_it_had(
    pair: BackedUp, last: SealedBackup
) -> None:
    path = pair.settings.repositories["far"].path
    gone = replace(pair.settings.repositories["far"], path=f"{path}-away")
    here = pair.settings
    pair.settings = replace(here, repositories={**here.repositories, "far": gone})
    outcome = prune(pair, "near")
    assert outcome.destroyed == ()
    assert "kept in far, where nothing can be looked at now" in " ".join(outcome.notes)
    pair.settings = here
    assert prune(pair, "near").destroyed == ids(last)


def test_what_no_rule_keeps_where_it_is_missing_is_forgotten_and_goes_elsewhere(
    pair: BackedUp, last: SealedBackup
) -> None:
    vanish(pair, "far", last)
    alone = replace(_WEEKLY, full=replace(_WEEKLY.full, weekly=0))
    pair.settings = replace(pair.settings, retention=alone)
    assert pruning(pair, "far").plan().forgotten == ids(last)
    prune(pair, "far")
    assert prune(pair, "near").destroyed == ids(last)


def test_a_plan_says_what_is_kept_and_missing(pair: BackedUp, last: SealedBackup) -> None:
    vanish(pair, "far", last)
    planned = pruning(pair, "far").plan()
    kept = {each.entry.backup_id: each for each in planned.plan.kept}[last.backup_id]
    assert "the last of its week, though missing" in kept.reasons
    assert [copy.state for copy in kept.entry.copies] == [CopyState.MISSING]
    assert "1 backups that are kept here are missing" in " ".join(planned.notes)


def test_what_the_last_repository_says_of_a_restore_counts_in_the_first(pair: BackedUp) -> None:
    now = int(today())
    pair.settings = replace(pair.settings, retention=replace(RETENTION, settle_days=0))
    old, _ = pair.put(SEALING.full(now - 20)), pair.put(SEALING.full(now - 2.5))
    write_restored(pair.repositories["far"], SERVER, old.backup_id, pair.now())
    assert "near: 0 destroyed (0 bytes), 0 expired" in scheduled_prune(pair)
