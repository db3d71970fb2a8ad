"""A prune while a backup is taken, by whatever clock: it takes nothing of it, or it is told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.backup.progress import SilentReporter
from core.backup.prune.job import pruning_of
from core.backup.prune.outcome import PruneOutcome
from core.backup.repository.open import open_repository
from core.backup.run import take_backups
from core.clock import SystemClock
from core.errors import BackupError
from core.schedule.overview import read_light
from core.store.store import Store
from tests.faults.backups_on_bad_days import Acting, Before, check_after
from tests.servers.backing_up import SERVER, BackupSite
from tests.servers.waiting import eventually

pytestmark = pytest.mark.fault


def pruned(site: BackupSite, ahead_days: float, stale_seconds: float) -> PruneOutcome:
    """What comes of a prune by a clock that is ahead."""
    settings = replace(site.settings.repositories["local"], stale_seconds=stale_seconds)
    pruning = pruning_of(
        site.store,
        site.settings,
        server=SERVER,
        repository=open_repository("local", settings),
        who="carla@elsewhere",
        reporter=SilentReporter(),
        now=lambda: datetime.now(UTC) + timedelta(days=ahead_days),
    )
    return pruning.do(pruning.plan())


@contextmanager
def another_host(site: BackupSite) -> Iterator[BackupSite]:
    """A host with a store of its own, which knows the same repository and key."""
    folder = site.folder / "another"
    folder.mkdir(exist_ok=True)
    store = Store.open(site.settings.store, state_folder=folder, migrate=True)
    try:
        yield replace(site, store=store)
    finally:
        store.close()


@pytest.mark.parametrize("ahead_days", [2, 0])
def test_a_prune_by_a_clock_that_leapt_leaves_a_running_backup_alone(
    site: BackupSite, ahead_days: float
) -> None:
    before = Before(site)
    stale = 3600.0 if ahead_days else 0.001
    told: list[str] = []

    def prune() -> None:
        time.sleep(0.01)
        told.extend(pruned(site, ahead_days, stale).notes)

    taken = replace(site, reporter=Acting("commit", prune)).take()
    assert told == [f"{taken.manifest.backup_id} is left alone: it is being taken"]
    assert taken.copies == ("local",)
    check_after(site, before)


def test_a_prune_of_a_host_that_knows_nothing_leaves_a_running_backup_alone(
    site: BackupSite,
) -> None:
    before = Before(site)
    told: list[str] = []

    def prune() -> None:
        with another_host(site) as other:
            told.extend(pruned(other, 2, 3600).notes)

    taken = replace(site, reporter=Acting("commit", prune)).take()
    (note,) = told
    assert f"{taken.manifest.backup_id} is not cleared away: by the repository's clock" in note
    assert taken.copies == ("local",)
    check_after(site, before)


def test_a_backup_that_was_cleared_away_by_a_host_that_took_it_for_dead_fails(
    site: BackupSite,
) -> None:
    before = Before(site)
    cleared: list[int] = []

    def prune() -> None:
        with another_host(site) as other:
            time.sleep(0.01)
            cleared.append(pruned(other, 0, 0.001).cleared)

    with pytest.raises(BackupError) as told:
        replace(site, reporter=Acting("commit", prune)).take()
    assert cleared == [1]
    assert "gone from local" in told.value.what
    assert list(site.backups_in(site.local)) == [before.manifest.backup_id]
    check_after(site, before)


def test_a_backup_shows_that_it_lives_however_long_one_table_takes(site: BackupSite) -> None:
    before = Before(site)
    local = replace(site.settings.repositories["local"], stale_seconds=8)
    signs: list[float] = []

    def wait() -> None:
        (sign,) = site.local.glob(f"{SERVER}/*/running.json")
        first = sign.stat().st_mtime_ns
        eventually(lambda: sign.stat().st_mtime_ns > first)
        signs.append(sign.stat().st_mtime)

    often = site.changed(repositories={**site.settings.repositories, "local": local})
    taken = replace(often, reporter=Acting("commit", wait)).take()
    assert signs
    files = site.backups_in(site.local)[taken.manifest.backup_id]
    assert "running.json" not in files
    check_after(site, before)


class Ahead(SystemClock):
    """A clock that is ahead."""

    def now(self) -> datetime:
        """The moment it says."""
        return super().now() + timedelta(days=400)


def test_two_nights_by_a_clock_that_is_ahead_destroy_nothing_and_hold_nothing_back_later(
    site: BackupSite,
) -> None:
    before = Before(site)
    ids = {before.manifest.backup_id}
    for night in range(2):
        (result,) = take_backups(
            site.store,
            site.settings,
            site.order(),
            site.reporter,
            state_folder=site.state,
            clock=Ahead(),
        )
        assert result.taken is not None
        ids.add(result.taken.manifest.backup_id)
        assert any("400 days ahead of" in each for each in result.taken.manifest.notes)
        with pytest.raises(BackupError) as told:
            pruned(site, 400 + night, 86_400)
        assert "Nothing is pruned" in told.value.what
    assert set(site.backups_in(site.local)) == ids
    with pytest.raises(BackupError) as told:
        pruned(site, 0, 86_400)
    assert "once both are right, a new backup ends this" in told.value.why
    now = datetime.now(UTC)
    assert read_light(site.store, site.settings, SERVER, now).clock_gap_seconds > 399 * 86_400
    check_after(site, before)
    pruned(site, 0, 86_400)
    assert read_light(site.store, site.settings, SERVER, now).clock_gap_seconds == 0
