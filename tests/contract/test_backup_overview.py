"""What a frame says of a server's backups, live and in the past, and what that costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.api.schedules import Schedules
from core.clock import SystemClock
from core.config.backup_settings import BackupSettings
from core.config.encryption_settings import EncryptionSettings, KeySettings
from core.config.repository_settings import RepositorySettings
from core.config.schedule_settings import SchedulerSettings, ScheduleSettings
from core.config.settings import ServerSettings, Settings
from core.model.backup import BackupKind, CopyState, VerificationLevel
from core.model.backup_history import Outcome
from core.model.job import JobKind, JobOrder, JobState, Progress
from core.model.protection import BackupOverview, LostKey, SetUpStep
from core.model.schedule import PlannedRun, RunState
from core.schedule.overview import HISTORY_LISTED, Overviews
from core.schedule.overview_past import overview_at
from core.store.backup_jobs import AttemptResult, AttemptStatus
from core.store.store import Store
from tests.contract.catalogued import AT, CHILD, FULL, copy, entry

HOUR = timedelta(hours=1)
NOW = AT + 12 * HOUR
SETTINGS = Settings(
    repositories={"local": RepositorySettings(path="/srv/backups")},
    backup=BackupSettings(copies=("local",), quota_bytes=10**12),
    encryption=EncryptionSettings(recovery_kept_by="the vault"),
    scheduler=SchedulerSettings(defaults=False),
    schedules=(ScheduleSettings("nightly", "full", "0 2 * * *"),),
)
ORDER = JobOrder(JobKind.BACKUP, "shop", "anna@bastion", {"kind": "full"})


class ClockAtNow(SystemClock):
    """Its day stands still."""

    def now(self) -> datetime:
        return NOW


def read(store: Store, settings: Settings = SETTINGS, now: datetime = NOW) -> BackupOverview:
    return Overviews(settings, "shop").read(store, now, 0.0)


def missing(store: Store, settings: Settings) -> set[SetUpStep]:
    return set(read(store, settings).missing)


def test_what_is_still_to_be_set_up_is_told(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert missing(store, Settings()) == set(SetUpStep)
    store.backup_keys.register("00aa11bb22cc33dd", "main")
    assert missing(store, SETTINGS) == set()
    unkept = replace(SETTINGS, encryption=EncryptionSettings())
    assert missing(store, unkept) == {SetUpStep.KEY_CONFIRMED}
    store.backup_keys.confirm("00aa11bb22cc33dd", "anna")
    assert missing(store, unkept) == set()


def test_a_key_in_its_usual_place_is_there_whatever_the_store_knows_of_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    named = replace(SETTINGS, keys={"main": KeySettings()})
    for settings in (SETTINGS, named):
        assert missing(store, settings) == {SetUpStep.KEY}
    usual = tmp_path / "pgvigil" / "keys" / "main.key"
    usual.parent.mkdir(parents=True)
    usual.touch()
    for settings in (SETTINGS, named):
        assert missing(store, settings) == set()


def test_without_encryption_no_key_is_needed(store: Store) -> None:
    plain = replace(SETTINGS, encryption=EncryptionSettings(enabled=False))
    assert missing(store, plain) == set()
    assert read(store, plain).key_name == ""


def test_the_overview_has_the_last_good_backup_its_limit_and_what_is_next(store: Store) -> None:
    store.catalog.add(entry(copies=(copy("local"),)))
    overview = read(store)
    assert overview.weakest == store.catalog.get(entry().backup_id)
    assert overview.objective_seconds == 86_400
    assert overview.copies_wanted == ("local",)
    assert overview.repositories[0].quota_bytes == 10**12
    upcoming = overview.upcoming
    assert upcoming is not None
    assert (upcoming.name, upcoming.next_at) == ("nightly", AT.replace(microsecond=0) + 24 * HOUR)
    assert upcoming.sentence == "At 02:00 every day (UTC)"


def test_every_database_that_was_attempted_is_judged_also_where_the_config_says_all(
    store: Store,
) -> None:
    store.catalog.add(entry(copies=(copy("local"),)))
    begun = store.backup_jobs.begin("shop", "a=b", BackupKind.FULL, AT)
    store.backup_jobs.finish(begun, AT + HOUR, AttemptResult(AttemptStatus.FAILED))
    every = replace(SETTINGS, backup=replace(SETTINGS.backup, databases=("all",)))
    for settings in (SETTINGS, every):
        overview = read(store, settings)
        assert overview.databases == ("a=b", "orders")
        assert overview.lacking == ("a=b",)
        assert overview.weakest is None


def test_databases_that_the_config_or_a_schedule_names_are_judged(store: Store) -> None:
    nightly = replace(SETTINGS.schedules[0], databases=("billing",))
    off = replace(nightly, name="off", databases=("old",), enabled=False)
    named = replace(SETTINGS.backup, databases=("orders",))
    overview = read(store, replace(SETTINGS, backup=named, schedules=(nightly, off)))
    assert overview.named == overview.lacking == ("orders", "billing")


ORDERS = ServerSettings(dsn="postgresql://mon@db1/orders")


@pytest.mark.parametrize(
    ("server", "meant"),
    [
        (ORDERS, "orders"),
        (replace(ORDERS, dbname="sales"), "sales"),
        (ServerSettings(host="db1", user="mon"), "mon"),
        (ServerSettings(service="prod"), None),
    ],
)
def test_the_database_that_a_schedule_means_is_judged_also_once_another_was_attempted(
    store: Store, monkeypatch: pytest.MonkeyPatch, server: ServerSettings, meant: str | None
) -> None:
    for variable in ("PGDATABASE", "PGUSER", "PGSERVICE"):
        monkeypatch.delenv(variable, raising=False)
    store.catalog.add(entry(database="billing", copies=(copy("local"),)))
    overview = read(store, replace(SETTINGS, servers={"shop": server}))
    assert overview.databases == ((meant, "billing") if meant else ("billing",))
    assert overview.lacking == ((meant,) if meant else ())


def test_a_database_that_no_schedule_covers_is_not_missed(store: Store) -> None:
    store.catalog.add(entry(database="billing", copies=(copy("local"),)))
    reached = replace(SETTINGS, servers={"shop": ORDERS})
    (nightly,) = SETTINGS.schedules
    others = replace(nightly, databases=("billing",))
    for schedules in (
        (),
        (others,),
        (replace(nightly, kind="schema"),),
        (replace(nightly, servers=("blog",)),),
    ):
        assert read(store, replace(reached, schedules=schedules)).databases == ("billing",)
    every = replace(SETTINGS.backup, databases=("all",))
    assert read(store, replace(reached, backup=every)).lacking == ("orders",)


def test_keys_of_the_config_whose_files_are_not_there_are_told(
    store: Store, tmp_path: Path
) -> None:
    here = tmp_path / "old.key"
    here.touch()
    keys = {
        "main": KeySettings(file=str(tmp_path / "main.key")),
        "old": KeySettings(file=str(here)),
        "phrase": KeySettings(passphrase_file=str(tmp_path / "phrase")),
        "elsewhere": KeySettings(command=("print-the-key",)),
    }
    overview = read(store, replace(SETTINGS, keys=keys))
    assert [each.name for each in overview.absent_keys] == ["main", "phrase"]
    plain = replace(SETTINGS, encryption=EncryptionSettings(enabled=False))
    assert read(store, plain).absent_keys == ()


def test_a_database_that_the_config_leaves_out_is_judged_no_more(store: Store) -> None:
    store.catalog.add(entry(copies=(copy("local"),)))
    for kind in (BackupKind.FULL, BackupKind.SCHEMA):
        begun = store.backup_jobs.begin("shop", "secret", kind, AT)
        store.backup_jobs.finish(begun, AT + HOUR, AttemptResult(AttemptStatus.FAILED))
    assert read(store).lacking == ("secret",)
    leaving_out = replace(SETTINGS.backup, exclude_databases=("secret",))
    overview = read(store, replace(SETTINGS, backup=leaving_out))
    assert overview.lacking == ()
    assert overview.dropped == {"secret"}
    assert {row.database for row in overview.last_ended} == set()
    assert len(overview.history.rows) == 3
    named = replace(leaving_out, databases=("secret",))
    assert read(store, replace(SETTINGS, backup=named)).lacking == ("secret",)


def test_keys_of_backups_that_the_config_has_no_more_are_told(store: Store) -> None:
    store.catalog.add(entry(key_id="00aa", copies=(copy("local"),)))
    sealed_with = replace(SETTINGS, encryption=EncryptionSettings(key="2027"))
    assert read(store, sealed_with).lost_keys == ()  # 2027 is not known here: it may be that one
    store.backup_keys.register("00bb", "2027")
    assert read(store, sealed_with).lost_keys == (LostKey("00aa", "", 1),)
    store.backup_keys.register("00aa", "main")
    assert read(store, sealed_with).lost_keys == (LostKey("00aa", "main", 1),)
    both = replace(sealed_with, keys={"2027": KeySettings(), "main": KeySettings()})
    assert read(store, both).lost_keys == ()
    store.catalog.rekey([entry().backup_id], "00bb")
    assert read(store, sealed_with).lost_keys == ()


def test_a_moment_of_which_nothing_has_become_is_due_until_something_has(store: Store) -> None:
    hourly = replace(
        SETTINGS,
        schedules=(ScheduleSettings("hourly", "full", "0 * * * *"),),
    )
    came = NOW.replace(minute=0, second=0, microsecond=0) + HOUR

    def due(minutes: float) -> tuple[datetime | None, bool]:
        (status,) = read(store, hourly, came + timedelta(minutes=minutes)).schedules
        return status.due_at, status.is_late

    assert due(5) == (None, False)  # nobody has fired it yet: its moments do not count
    store.runs.know("shop", "hourly", "0 * * * *", NOW)
    assert due(-1) == (None, False)
    assert due(0.5) == (came, False)
    assert due(5) == (came, True)
    lease = store.leases.acquire("scheduler", "w1", 60)
    assert lease is not None
    store.runs.settle(lease, PlannedRun("hourly", "shop", came, RunState.SKIPPED))
    assert due(5) == (None, False)
    assert due(65) == (came + HOUR, True)
    store.runs.pause("shop", "hourly", "anna", came)
    assert due(65) == (None, False)


def test_a_paused_schedule_has_no_next_moment(store: Store) -> None:
    store.runs.pause("shop", "nightly", "anna", NOW)
    (status,) = read(store).schedules
    assert (status.is_paused, status.next_at) == (True, None)


def test_a_time_zone_that_this_machine_lacks_is_told_in_the_place_of_the_sentence(
    store: Store,
) -> None:
    odd = ScheduleSettings("nightly", "full", "0 2 * * *", time_zone="Mars/Olympus")
    (status,) = read(store, replace(SETTINGS, schedules=(odd,))).schedules
    assert status.next_at is None
    assert "Mars/Olympus" in status.sentence


def test_the_command_line_is_told_of_schedules_what_the_screen_is(
    store: Store, tmp_path: Path
) -> None:
    odd = ScheduleSettings("odd", "full", "0 3 * * *", time_zone="Mars/Olympus")
    settings = replace(
        SETTINGS, servers={"shop": ServerSettings()}, schedules=(*SETTINGS.schedules, odd)
    )
    schedules = Schedules(settings, store, tmp_path, ClockAtNow())
    assert schedules.statuses(["shop"]) == read(store, settings).schedules


def started(store: Store, job_id: str = "j1") -> None:
    store.jobs.submit(job_id, ORDER)
    store.jobs.begin(job_id)


def test_where_nothing_changed_the_overview_is_the_same_object(store: Store) -> None:
    overviews = Overviews(SETTINGS, "shop")
    first = overviews.read(store, NOW, 0.0)
    assert overviews.read(store, NOW, 1.0) is first
    assert overviews.read(store, NOW, 100.0) is first


def test_progress_is_seen_at_once_and_the_rest_when_a_job_ends(store: Store, other: Store) -> None:
    overviews = Overviews(SETTINGS, "shop")
    overviews.read(store, NOW, 0.0)
    started(other)
    assert [job.job_id for job in overviews.read(store, NOW, 0.1).jobs] == ["j1"]
    other.jobs.report("j1", Progress("dumping", 5, 10), ())
    assert overviews.read(store, NOW, 0.2).jobs[0].progress.done == 5

    other.catalog.add(entry(copies=(copy("local"),)))
    assert overviews.read(store, NOW, 0.3).weakest is None
    other.jobs.finish("j1", JobState.DONE, "")
    over = overviews.read(store, NOW, 0.4)
    assert over.jobs == ()
    assert over.weakest is not None
    assert over.storage


def test_what_somebody_did_elsewhere_is_seen_after_some_seconds(store: Store, other: Store) -> None:
    overviews = Overviews(SETTINGS, "shop")
    overviews.read(store, NOW, 0.0)
    other.catalog.add(entry(copies=(copy("local"),)))
    assert overviews.read(store, NOW, 9.0).weakest is None
    assert overviews.read(store, NOW, 10.0).weakest is not None


def test_what_was_done_here_is_seen_at_once(store: Store) -> None:
    overviews = Overviews(SETTINGS, "shop")
    overviews.read(store, NOW, 0.0)
    store.catalog.add(entry(copies=(copy("local"),)))
    overviews.forget()
    assert overviews.read(store, NOW, 1.0).weakest is not None


def test_a_job_about_every_server_is_told_with_each_of_them(store: Store) -> None:
    store.jobs.submit("j1", JobOrder(JobKind.VERIFY, "", "anna@bastion", {"everything": "yes"}))
    assert [job.job_id for job in read(store).jobs] == ["j1"]
    job = store.jobs.get("j1")
    assert job is not None
    then = overview_at(store, SETTINGS, "shop", job.created_at)
    assert [each.job_id for each in then.jobs] == ["j1"]


def test_a_copy_that_was_found_damaged_is_counted_at_the_next_look(
    store: Store, other: Store
) -> None:
    store.catalog.add(entry(copies=(copy("local"),)))
    overviews = Overviews(SETTINGS, "shop")
    overviews.read(store, NOW, 0.0)
    other.catalog.record_copy(copy("local", state=CopyState.DAMAGED, at=NOW))
    assert overviews.read(store, NOW, 10.0).bad_copies.count == 1


def test_after_a_job_that_nobody_saw_running_everything_is_counted_anew(
    store: Store, other: Store
) -> None:
    for number in range(HISTORY_LISTED + 1):
        name = f"{FULL[:-8]}{number:08d}"
        at = AT - number * HOUR
        store.catalog.add(
            entry(name, snapshot_at=at, finished_at=at, copies=(copy("local", name),))
        )
    overviews = Overviews(SETTINGS, "shop")
    overviews.read(store, NOW, 0.0)
    other.jobs.submit("j1", JobOrder(JobKind.VERIFY, "", "anna@bastion", {}))
    other.jobs.begin("j1")
    last = f"{FULL[:-8]}{HISTORY_LISTED:08d}"
    other.catalog.record_copy(copy("local", last, state=CopyState.DAMAGED, at=NOW))
    other.jobs.finish("j1", JobState.FAILED, "not every copy is good")
    assert overviews.read(store, NOW, 10.0).bad_copies.count == 1


def test_a_newest_backup_of_a_time_to_come_is_told_until_one_by_a_right_clock_follows(
    store: Store,
) -> None:
    ahead = NOW + 400 * 24 * HOUR
    store.catalog.add(entry(snapshot_at=ahead, finished_at=ahead, copies=(copy("local"),)))
    assert read(store).to_come_seconds == (ahead - NOW).total_seconds()
    assert overview_at(store, SETTINGS, "shop", NOW).to_come_seconds == 0
    followed = entry(CHILD, sequenced_at=ahead + timedelta(microseconds=1))
    store.catalog.add(replace(followed, copies=(copy("local", CHILD),)))
    assert read(store).to_come_seconds == 0
    assert read(store).weakest is not None


def test_jobs_of_other_servers_are_not_told(store: Store) -> None:
    store.jobs.submit("j9", replace(ORDER, server_id="blog"))
    assert read(store).jobs == ()


def test_an_attempt_is_told_with_the_job_that_did_it(store: Store) -> None:
    store.jobs.submit("j1", ORDER)
    store.jobs.begin("j1")
    job = store.jobs.get("j1")
    assert job is not None
    assert job.started_at is not None
    at = job.started_at + timedelta(milliseconds=1)
    store.backup_jobs.begin("shop", "orders", BackupKind.FULL, at)
    store.backup_jobs.begin("shop", "orders", BackupKind.FULL, at - HOUR)
    rows = read(store, now=at + HOUR).history.rows
    assert [row.run.detached_job_id for row in rows if row.run] == ["j1", ""]


def attempt(store: Store, at: datetime, ended: datetime, result: AttemptResult) -> None:
    begun = store.backup_jobs.begin("shop", "orders", BackupKind.FULL, at)
    store.backup_jobs.finish(begun, ended, result)


def past(store: Store, hours: float) -> BackupOverview:
    return overview_at(store, SETTINGS, "shop", AT + hours * HOUR)


def test_in_the_past_an_attempt_that_ended_later_was_under_way(store: Store) -> None:
    made = entry(copies=(copy("local"),), snapshot_at=AT, finished_at=AT + HOUR)
    store.catalog.add(made)
    result = AttemptResult(AttemptStatus.COMPLETED, details={"backup_id": made.backup_id})
    attempt(store, AT, AT + HOUR, result)

    def outcomes(hours: float) -> list[Outcome]:
        return [row.outcome for row in past(store, hours).history.rows]

    assert (outcomes(-1), outcomes(0.5), outcomes(2)) == ([], [Outcome.RUNNING], [Outcome.GOOD])
    assert past(store, 0.5).weakest is None
    assert past(store, 2).weakest is not None


def test_in_the_past_nothing_was_known_of_what_was_found_later(store: Store) -> None:
    damaged = copy("local", state=CopyState.DAMAGED, at=AT + 5 * HOUR, problem="rotten")
    kept = copy("offsite", level=VerificationLevel.STRUCTURE, at=AT + 5 * HOUR)
    store.catalog.add(entry(copies=(damaged, kept), expired_at=AT + 6 * HOUR))
    (before,) = past(store, 4).history.rows
    assert before.entry is not None
    assert {each.state for each in before.entry.copies} == {CopyState.COMPLETE}
    assert before.entry.level is VerificationLevel.SEALED
    assert before.entry.expired_at is None
    assert past(store, 4).bad_copies.count == 0
    assert past(store, 5.5).bad_copies.count == 1
    (after,) = past(store, 7).history.rows
    assert after.entry is not None
    assert after.entry.expired_at is not None


@pytest.mark.parametrize("hours", [-1.0, 3.0])
def test_nothing_is_planned_in_the_past(store: Store, hours: float) -> None:
    (status,) = past(store, hours).schedules
    assert status.next_at is None
