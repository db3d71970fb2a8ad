"""A day by the default schedules: real jobs, which back up, prune and verify by themselves."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from core.config.schedule_settings import JobSettings, ScheduleSettings
from core.config.schedules import DEFAULT_SCHEDULES
from core.model.backup import BackupKind, VerificationLevel
from core.model.drill import DrillStatus
from core.model.job import Job, JobState
from core.model.schedule import PlannedRun, RunState
from core.schedule.firing import Firing
from core.schedule.overview import read_light
from tests.servers.backing_up import SERVER, BackupSite
from tests.servers.waiting import eventually

FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TOLD = {RunState.DONE, RunState.FAILED, RunState.SKIPPED, RunState.MISSED, RunState.OVERLAPPING}


class Day:
    """A watcher's look at the schedules, at whatever time of whatever day."""

    def __init__(self, site: BackupSite) -> None:
        self._site = site
        self._firing = Firing([SERVER], site.settings, site.state, "watcher")

    def at(self, clock: str, day: datetime = FRIDAY) -> None:
        """Look at this time of day."""
        hour, minute = map(int, clock.split(":"))
        self._firing.look(self._site.store, day + timedelta(hours=hour, minutes=minute))

    def newest(self) -> PlannedRun:
        """What became of the newest moment, as soon as something did."""
        eventually(lambda: self._runs()[0].state in TOLD)
        return self._runs()[0]

    def job(self) -> Job:
        """The newest job."""
        return self._site.store.jobs.newest(1)[0]

    def _runs(self) -> tuple[PlannedRun, ...]:
        return self._site.store.runs.newest([SERVER], 10)


@pytest.fixture
def day(site: BackupSite) -> Iterator[Day]:
    made = Day(site.changed(jobs=JobSettings(report_seconds=0.02)))
    made.at("00:00")
    yield made
    for job in site.store.jobs.under_way():
        os.kill(job.pid, signal.SIGKILL)


def test_by_default_backups_are_taken_pruned_and_verified(site: BackupSite, day: Day) -> None:
    done = []
    for clock in ("02:00", "04:30", "05:00", "09:00"):
        day.at(clock)
        run = day.newest()
        done.append((run.schedule, run.state, run.why))
    assert done == [
        ("full", RunState.DONE, ""),
        ("prune", RunState.DONE, ""),
        ("verify", RunState.DONE, ""),
        ("incremental", RunState.DONE, ""),
    ]
    entries = sorted(site.store.catalog.entries(SERVER), key=lambda entry: entry.snapshot_at)
    assert [entry.kind for entry in entries] == [BackupKind.FULL, BackupKind.INCREMENTAL]
    assert all(entry.level >= VerificationLevel.SEALED for entry in entries)
    assert entries[1].parent_id == entries[0].backup_id
    assert site.leftovers() == set()


def test_a_backup_that_was_killed_leaves_nothing_and_the_next_night_succeeds(
    site: BackupSite, day: Day
) -> None:
    with psycopg.connect(site.dsn) as session:
        session.execute("LOCK TABLE orders")  # so that it does not come to its end before
        day.at("02:00")
        eventually(lambda: day.job().progress.phase)
        os.kill(day.job().pid, signal.SIGKILL)

    def is_found() -> bool:
        day.at("02:01")
        return day.job().state is JobState.INTERRUPTED

    eventually(is_found)
    run = day.newest()
    assert (run.state, "died while in phase" in run.why) == (RunState.FAILED, True)
    assert site.leftovers() == set()

    day.at("02:00", FRIDAY + DAY)
    run = day.newest()
    assert (run.planned_at, run.state) == (FRIDAY + DAY + 120 * MINUTE, RunState.DONE)
    assert len(site.store.catalog.entries(SERVER)) == 1
    assert len(site.backups_in(site.local)) == 1


def test_a_backup_that_can_not_be_taken_is_told_in_its_run(site: BackupSite, day: Day) -> None:
    site.key_file.unlink()
    day.at("02:00")
    run = day.newest()
    assert run.state is RunState.FAILED
    assert "key" in run.why
    assert day.job().remedy


def test_by_default_a_drill_proves_a_backup_each_week(site: BackupSite) -> None:
    drills_alone = tuple(
        ScheduleSettings(each.name, enabled=each.kind == "drill") for each in DEFAULT_SCHEDULES
    )
    drilled = site.changed(schedules=drills_alone)
    made, day = site.take(), Day(drilled)
    day.at("00:00")
    day.at("06:00")
    assert site.store.jobs.newest(1) == ()
    day.at("06:00", FRIDAY + 2 * DAY)
    assert day.newest().state is RunState.DONE
    (drill,) = site.store.drills.newest(9)
    assert (drill.status, drill.schedule) == (DrillStatus.PASSED, "drill"), drill.problem
    assert drill.backup_id == made.manifest.backup_id
    (entry,) = site.store.catalog.entries(SERVER)
    assert entry.level is VerificationLevel.RESTORED
    overview = read_light(site.store, drilled.settings, SERVER, datetime.now(UTC))
    assert overview.drills is not None
    assert overview.drills.proven_at == drill.finished_at
    assert overview.last_proven is not None
    assert site.leftovers() == set()
