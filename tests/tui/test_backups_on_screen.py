"""Backups on a console of a real store: history, detail, jobs, schedules, and what keys do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from core.api.backup_desk import BackupDesk
from core.api.console import ConsoleSession
from core.api.launch import Launch
from core.backup import layout
from core.backup.markers import read_protection
from core.backup.repository.open import open_repository
from core.config.backup_settings import BackupSettings
from core.config.encryption_settings import EncryptionSettings
from core.config.repository_settings import RepositorySettings
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.config.schedule_settings import SchedulerSettings, ScheduleSettings
from core.model.backup import BackupCopy, BackupKind, CopyState, VerificationLevel
from core.model.health import Area, Assessment, Health, Severity
from core.model.job import JobKind, JobOrder, JobState, Progress
from core.model.snapshot import Taken
from core.store.backup_jobs import AttemptResult, AttemptStatus
from core.store.store import Store
from tests.tui import backup_frames, frames, playback
from tests.tui.recording import SERVER, Recording, playing, record
from tests.tui.screen_text import gone, seen, text_of, until
from tui.app import ConsoleApp
from tui.screens.job import JobScreen

SIZE = (140, 40)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A calm hour."""
    folder = tmp_path_factory.mktemp("recorded") / "state"
    record(folder, frames.calm())
    return folder


@pytest.fixture
def recording(recorded: Path, tmp_path: Path) -> Iterator[Recording]:
    with playing(recorded, tmp_path / "state") as made:
        yield made


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder for the repository ``local``."""
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


@pytest.fixture
def launch(recording: Recording, place: Path) -> Launch:
    """A config that takes backups to a folder."""
    made = playback.launch(recording.folder)
    settings = replace(
        made.settings,
        repositories={"local": RepositorySettings(path=str(place))},
        backup=BackupSettings(copies=("local",)),
        encryption=EncryptionSettings(recovery_kept_by="the vault"),
        scheduler=SchedulerSettings(defaults=False),
        schedules=(ScheduleSettings("nightly", "full", "0 2 * * *"),),
    )
    recording.store.backup_keys.register(backup_frames.KEY, "main")
    return replace(made, settings=settings)


def take(store: Store, hours_ago: float = 12, **changes: object) -> str:
    """A backup as its job writes it down; gives its id."""
    at = frames.NOW - hours_ago * HOUR
    made = backup_frames.entry(at, minutes=12)
    copy = BackupCopy(
        made.backup_id, "local", CopyState.COMPLETE, VerificationLevel.SEALED, made.finished_at
    )
    made = replace(made, copies=(copy,), **changes)  # type: ignore[arg-type]
    store.catalog.add(made, backup_frames.manifest(made))
    begun = store.backup_jobs.begin(SERVER, made.database, made.kind, at)
    details = {"backup_id": made.backup_id}
    result = AttemptResult(AttemptStatus.COMPLETED, made.kind, verified=True, details=details)
    store.backup_jobs.finish(begun, made.finished_at, result)
    return made.backup_id


async def area(pilot: Pilot[Any], *texts: str) -> str:
    """The backups area, once it shows something."""
    await seen(pilot, "live 14:03:27")
    await pilot.press("5")
    return await seen(pilot, *texts)


async def test_the_overview_and_the_history_show_what_is_in_the_catalog(
    recording: Recording, launch: Launch
) -> None:
    take(recording.store)
    app = recording.app(launch)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "last good  12 h ago", "sealed, 11 h ago", "1 of 1", "nightly")
        await area(pilot, "• good", "8.00 GiB", "12 min 00 s")


async def test_how_to_set_backups_up_is_told_step_by_step(recording: Recording) -> None:
    app = recording.app()
    async with app.run_test(size=SIZE) as pilot:
        text = await area(pilot, "pgvigil key init", "pgvigil key confirm", "[repositories.local]")
        assert "pgvigil backup run" in text
        assert "copies =" in text


async def test_as_long_as_backups_are_to_be_set_up_no_filter_takes_the_keys(
    recording: Recording,
) -> None:
    app = recording.app()
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await area(pilot, "pgvigil key init")
        await pilot.press("slash")
        await seen(pilot, "There is nothing to filter yet.")
        await pilot.press("question_mark")
        await seen(pilot, "Keys in backups")


async def test_a_key_that_nobody_confirmed_is_a_step_before_the_first_backup(
    recording: Recording, launch: Launch
) -> None:
    settings = replace(launch.settings, encryption=EncryptionSettings())
    app = recording.app(replace(launch, settings=settings))
    async with app.run_test(size=SIZE) as pilot:
        text = await area(pilot, "not set up", "pgvigil key confirm")
        assert "b takes one now" not in text


async def test_a_step_that_is_done_is_told_no_more(recording: Recording, launch: Launch) -> None:
    settings = replace(launch.settings, backup=BackupSettings())
    app = recording.app(replace(launch, settings=settings))
    async with app.run_test(size=SIZE) as pilot:
        text = await area(pilot, 'copies = ["local"]')
        assert "key init" not in text
        assert "[repositories" not in text


async def test_enter_opens_a_backup_with_its_manifest_and_fingerprint(
    recording: Recording, launch: Launch
) -> None:
    backup_id = take(recording.store)
    app = recording.app(launch)
    async with app.run_test(size=SIZE) as pilot:
        await area(pilot, "• good")
        await pilot.press("enter")
        await seen(pilot, backup_id, "every byte was authenticated", "48 201 733", "zstd:3")


async def test_older_attempts_are_read_when_the_cursor_comes_to_the_end(
    recording: Recording, launch: Launch
) -> None:
    for hours in range(1, 71):
        take(recording.store, hours)
    app = recording.app(launch)
    async with app.run_test(size=SIZE) as pilot:
        await area(pilot, "of 60+")
        await pilot.press(*["pagedown"] * 3)
        text = await seen(pilot, "of 70")
        assert "of 70+" not in text


@pytest.fixture
def long_history(recording: Recording) -> Recording:
    """More attempts than two pages: the oldest one is of another database."""
    for hours in range(1, 220):
        take(recording.store, hours)
    take(recording.store, 220, database="the-oldest")
    return recording


async def test_one_key_leads_to_the_oldest_attempt_however_many_there_are(
    long_history: Recording, launch: Launch
) -> None:
    app = long_history.app(launch)
    async with app.run_test(size=SIZE) as pilot:
        await area(pilot, "of 60+")
        await pilot.press("G")
        text = await seen(pilot, "220 of 220", "the-oldest")
        assert "of 220+" not in text


async def test_a_filter_looks_through_all_attempts(long_history: Recording, launch: Launch) -> None:
    app = long_history.app(launch)
    async with app.run_test(size=SIZE) as pilot:
        await area(pilot, "of 60+")
        await pilot.press("slash", *"the-oldest")
        await seen(pilot, '1 of 220 hold "the-oldest"')


async def test_an_order_is_one_of_all_attempts(long_history: Recording, launch: Launch) -> None:
    app = long_history.app(launch)
    async with app.run_test(size=SIZE) as pilot:
        await area(pilot, "of 60+")
        await pilot.press("greater_than_sign", "less_than_sign", *["r"])
        await seen(pilot, "of 220")


async def test_attempts_that_give_way_to_newer_ones_leave_no_gap(
    recording: Recording, launch: Launch
) -> None:
    for hours in range(1, 71):
        take(recording.store, hours)
    app = recording.app(launch)
    async with app.run_test(size=SIZE) as pilot:
        await area(pilot, "of 60+")
        await pilot.press("G")
        await seen(pilot, "of 70")
        for minutes in (5, 10, 15):
            take(recording.store, minutes / 60)
        recording.tick(frames.calm())
        await seen(pilot, "of 73")


async def test_a_running_job_shows_its_progress_and_can_be_attached_to(
    recording: Recording, launch: Launch
) -> None:
    store = recording.store
    order = JobOrder(JobKind.BACKUP, SERVER, "otto@bastion", {"kind": "full", "database": "orders"})
    store.jobs.submit("j1", order)
    store.jobs.begin("j1")
    store.jobs.report("j1", Progress("dumping", 25, 100, 1024.0, 75.0), ())
    store.backup_jobs.begin(SERVER, "orders", BackupKind.FULL, recording.clock.now())
    store.jobs.note("j1", "snapshot 00000003-1 is held")
    app = recording.app(launch)
    async with app.run_test(size=SIZE) as pilot:
        await area(pilot, "full backup of orders  dumping", "25 %", "1.00 KiB/s", "1 min 15 s left")
        await pilot.press("enter")
        await seen(pilot, "otto@bastion", "snapshot 00000003-1 is held")
        store.jobs.note("j1", "dumped orders")
        store.jobs.report("j1", Progress("sealing", 80, 100), ())
        await seen(pilot, "sealing", "80 %", "dumped orders")
        store.jobs.finish("j1", JobState.FAILED, "no space left on device", "free some")
        await seen(pilot, "failed", "no space left on device", "free some")


async def test_c_asks_before_it_stops_the_job_and_writes_down_who_did(
    recording: Recording, launch: Launch
) -> None:
    store = recording.store
    store.jobs.submit("j1", JobOrder(JobKind.BACKUP, SERVER, "otto@bastion", {"kind": "full"}))
    store.jobs.begin("j1")
    app = recording.app(launch)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await area(pilot, "full backup")
        await pilot.press("c")
        await seen(pilot, "Stop the full backup", "earlier backups are not")
        await pilot.press("escape")
        await gone(pilot, "Stop the full backup")
        job = store.jobs.get("j1")
        assert job is not None
        assert not job.cancel_asked
        await pilot.press("c")
        await seen(pilot, "y do it")
        await pilot.press("y")
        await seen(pilot, "was asked to stop")
    job = store.jobs.get("j1")
    assert job is not None
    assert job.cancel_asked
    assert store.audit.entries(1)[0].action == "cancel job"


def _done(screen: JobScreen) -> int:
    """How far the job is that a screen shows."""
    job = screen.chosen_job()
    return job.progress.done if job is not None else 0


async def test_a_job_that_goes_on_while_one_is_asked_is_stopped_all_the_same(
    recording: Recording, launch: Launch
) -> None:
    store = recording.store
    order = JobOrder(JobKind.BACKUP, SERVER, "otto@bastion", {"kind": "full"})
    store.jobs.submit("j1", order)
    store.jobs.begin("j1")
    store.backup_jobs.begin(SERVER, "orders", BackupKind.FULL, recording.clock.now())
    app = recording.app(launch)
    async with app.run_test(size=SIZE) as pilot:
        await area(pilot, "▸ running")
        await pilot.press("enter")
        await seen(pilot, "Job: full backup")
        await pilot.press("c")
        await seen(pilot, "Stop the full backup", "y do it")
        under = pilot.app.screen_stack[-2]
        assert isinstance(under, JobScreen)
        for done in (10, 20, 30):
            store.jobs.report("j1", Progress("dumping", done, 100), ())
            await until(pilot, lambda done=done: _done(under) == done)  # type: ignore[misc]
        await pilot.press("y")
        await seen(pilot, "stopping")
    job = store.jobs.get("j1")
    assert job is not None
    assert job.cancel_asked


async def test_c_without_a_job_says_that_none_runs(recording: Recording, launch: Launch) -> None:
    take(recording.store)
    app = recording.app(launch)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await area(pilot, "• good")
        await pilot.press("c")
        await seen(pilot, "No job runs.")


def starting(recording: Recording, launch: Launch, started: list[JobOrder]) -> ConsoleApp:
    """A console whose jobs are rows of the store alone: no process takes them up."""

    def start(store: Store, launch: Launch, order: JobOrder) -> str:
        started.append(order)
        store.jobs.submit("j1", order)
        return "j1"

    async def opened(launch: Launch) -> ConsoleSession:
        session = await ConsoleSession.open(launch, clock=recording.clock)
        session.backups = BackupDesk(
            launch, session._store, recording.clock, "anna@bastion", session._renew_backups,
            start=start,
        )  # fmt: skip
        return session

    return ConsoleApp(launch, open_session=opened, now=recording.clock.now)


async def test_b_shows_what_a_backup_would_do_and_starts_it_after_a_yes(
    recording: Recording, launch: Launch
) -> None:
    take(recording.store)
    started: list[JobOrder] = []
    app = starting(recording, launch, started)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await area(pilot, "• good")
        await pilot.press("b")
        await seen(
            pilot,
            "Take a full backup of orders-prod now",
            f"sealed with key main ({backup_frames.KEY})",
            f"{launch.state_folder.name}/staging",
            "1 copy: local",
            "about 8.00 GiB in 12 min 00 s",
        )
        await pilot.press("n")
        await gone(pilot, "Take a full")
        assert started == []
        await pilot.press("b")
        await seen(pilot, "y do it")
        await pilot.press("y")
        await seen(pilot, "queued", "anna@bastion")
    (order,) = started
    assert (order.kind, order.server_id, order.arguments) == (
        JobKind.BACKUP, SERVER, {"kind": "full"},
    )  # fmt: skip
    assert recording.store.audit.entries(1)[0].action == "start backup"


async def test_an_incremental_names_the_backup_that_it_follows(
    recording: Recording, launch: Launch
) -> None:
    parent = take(recording.store)
    app = starting(recording, launch, [])
    async with app.run_test(size=SIZE) as pilot:
        await area(pilot, "• good")
        await pilot.press("B")
        await seen(pilot, "an incremental backup", f"after {parent}", "how large")


async def test_a_backup_that_would_not_begin_says_why_and_takes_no_yes(
    recording: Recording, launch: Launch
) -> None:
    settings = replace(launch.settings, encryption=EncryptionSettings())
    started: list[JobOrder] = []
    app = starting(recording, replace(launch, settings=settings), started)
    async with app.run_test(size=SIZE) as pilot:
        await area(pilot, "pgvigil key confirm")
        await pilot.press("b")
        await seen(pilot, "would not begin", "nobody has confirmed", "esc goes back")
        await pilot.press("y", "escape")
        await gone(pilot, "would not begin")
    assert started == []


async def test_v_has_the_chosen_backup_verified(recording: Recording, launch: Launch) -> None:
    backup_id = take(recording.store)
    started: list[JobOrder] = []
    app = starting(recording, launch, started)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await area(pilot, "• good")
        await pilot.press("v")
        await seen(pilot, f"Verify {backup_id}", "every byte of it is read (8.00 GiB")
        await pilot.press("y")
        await seen(pilot, f"verify {backup_id}")
    (order,) = started
    assert order.kind is JobKind.VERIFY
    assert json.loads(order.arguments["backups"]) == [backup_id]


async def test_a_backup_is_kept_with_a_reason_in_its_repository_and_let_go_again(
    recording: Recording, launch: Launch
) -> None:
    backup_id = take(recording.store)
    app = recording.app(launch)
    local = open_repository("local", launch.settings.repositories["local"])
    for path in (layout.manifest_file(SERVER, backup_id), layout.wraps_file(SERVER, backup_id)):
        local.write(path, b"there")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await area(pilot, "• good")
        await pilot.press("K")
        await seen(pilot, "Type why")
        await pilot.press("enter")
        assert read_protection(local, SERVER, backup_id) is None
        await pilot.press(*"audit", "enter")
        await seen(pilot, "is kept: audit", "kept: audit")
        kept = read_protection(local, SERVER, backup_id)
        assert kept is not None
        assert kept.reason == "audit"
        await pilot.press("U")
        await seen(pilot, "it was kept: audit")
        await pilot.press("y")
        await seen(pilot, "is kept no longer")
        assert read_protection(local, SERVER, backup_id) is None
    entry = recording.store.catalog.get(backup_id)
    assert entry is not None
    assert entry.kept_because == ""
    actions = [each.action for each in recording.store.audit.entries(2)]
    assert actions == ["unprotect backup", "protect backup"]


async def test_a_repository_that_can_not_be_written_changes_nothing(
    recording: Recording, launch: Launch, place: Path
) -> None:
    backup_id = take(recording.store)
    elsewhere = {"local": RepositorySettings(path=str(place / "gone"))}
    launch = replace(launch, settings=replace(launch.settings, repositories=elsewhere))
    app = recording.app(launch)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await area(pilot, "• good")
        await pilot.press("K")
        await seen(pilot, "Type why")
        await pilot.press(*"audit", "enter")
        await seen(pilot, "✖")
    entry = recording.store.catalog.get(backup_id)
    assert entry is not None
    assert entry.kept_because == ""


async def test_a_schedule_is_paused_and_resumed(recording: Recording, launch: Launch) -> None:
    app = recording.app(launch)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await area(pilot, "b takes one")
        await pilot.press("tab")
        await seen(pilot, "At 02:00 every day", "2026-03-15 02:00:00")
        await pilot.press("z")
        await seen(pilot, "Pause the schedule nightly")
        await pilot.press("y")
        await seen(pilot, "nightly is paused.", "paused")
        known = recording.store.runs.known(SERVER, "nightly")
        assert known is not None
        assert known.paused_at is not None
        await pilot.press("z")
        await seen(pilot, "Resume the schedule nightly")
        await pilot.press("y")
        await seen(pilot, "nightly fires again.")
    known = recording.store.runs.known(SERVER, "nightly")
    assert known is not None
    assert known.paused_at is None


async def test_running_a_schedule_shows_what_it_would_do_first(
    recording: Recording, launch: Launch
) -> None:
    schedules = (
        ScheduleSettings("nightly", "full", "0 2 * * *", databases=("billing",)),
        ScheduleSettings("check", "verify", "0 5 * * *"),
    )
    app = recording.app(replace(launch, settings=replace(launch.settings, schedules=schedules)))
    async with app.run_test(size=SIZE) as pilot:
        await area(pilot, "b takes one")
        await pilot.press("tab")
        await seen(pilot, "At 02:00 every day")
        await pilot.press("n")
        await seen(pilot, "Run the schedule nightly", "pg_dump of billing", "1 copy: local")
        await pilot.press("escape")
        await gone(pilot, "pg_dump of billing")
        await pilot.press("j", "n")
        await seen(pilot, "Run the schedule check", "budget of [verify]")
        await pilot.press("escape")
    assert recording.store.jobs.newest(1) == ()


async def test_running_a_prune_shows_what_it_would_take_away_and_asks_for_a_production_servers_name(
    recording: Recording, launch: Launch
) -> None:
    gone, kept = take(recording.store, 24 * 365), take(recording.store)
    local = open_repository("local", launch.settings.repositories["local"])
    for backup_id in (gone, kept):
        for path in (layout.manifest_file(SERVER, backup_id), layout.wraps_file(SERVER, backup_id)):
            local.write(path, b"there")
    scheduled = (ScheduleSettings("prune", "prune", "30 4 * * *"),)
    keeping = KeepSettings(count=1, weekly=0, monthly=0, yearly=0)
    retention = RetentionSettings(full=keeping)
    launch = replace(
        launch,
        settings=replace(launch.settings, schedules=scheduled, retention=retention),
        servers=(replace(frames.ENTRY, production=True),),
    )
    app = recording.app(launch)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await area(pilot, "• good")
        await pilot.press("tab")
        await seen(pilot, "At 04:30 every day")
        await pilot.press("n")
        await seen(pilot, "local: 1 backup EXPIRES", gone, f"Type {frames.ENTRY.name}")
        assert "Looking into" not in text_of(app)
        await pilot.press("escape")
    assert recording.store.jobs.newest(1) == ()


async def test_what_acts_is_not_to_be_had_in_the_past(recording: Recording, launch: Launch) -> None:
    take(recording.store)
    app = recording.app(launch)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await area(pilot, "• good")
        await pilot.press("left_square_bracket")
        await seen(pilot, "not live")
        await pilot.press("b")
        await seen(pilot, "Only what is live can be acted on")


async def test_a_filter_and_a_sort_work_as_in_other_tables(
    recording: Recording, launch: Launch
) -> None:
    take(recording.store, 2)
    take(recording.store, 3, database="billing")
    app = recording.app(launch)
    async with app.run_test(size=SIZE) as pilot:
        await area(pilot, "billing")
        await pilot.press("slash", *"billing")
        await seen(pilot, '1 of 2 hold "billing"')


async def test_a_finding_about_a_backup_leads_to_it(recording: Recording, launch: Launch) -> None:
    backup_id = take(recording.store)
    late = frames.finding(Area.BACKUPS, Severity.CRITICAL, "The last good backup is old", backup_id)
    assessment = Taken(frames.NOW, 2, Assessment(Health.CRITICAL, (late,)))
    recording.tick(replace(frames.calm(), assessment=assessment))
    app = recording.app(launch)
    async with app.run_test(size=SIZE) as pilot:
        await seen(pilot, "live 14:03:29")
        await pilot.press("7")
        await seen(pilot, "The last good backup is")
        await pilot.press("enter")
        await seen(pilot, f"Backup {backup_id}", "Fingerprint")
