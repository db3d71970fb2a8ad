"""What a frame says of a server's backups: set-up, keys, databases, the last good one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.config.encryption_settings import EncryptionSettings, KeySettings
from core.config.settings import ServerSettings, Settings
from core.model.backup import BackupKind
from core.model.protection import LostKey, SetUpStep, UnclearStaging
from core.schedule.overview_past import overview_at
from core.store.attempt import AttemptResult, AttemptStatus
from core.store.store import Store
from tests.contract.catalogued import AT, CHILD, copy, entry
from tests.contract.overviews import HOUR, NOW, SETTINGS, read
from tests.servers.staged import ANOTHER_HOST, die, grow_old


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


def test_a_staged_dump_of_which_nobody_knows_whose_it_is_is_told(
    store: Store, tmp_path: Path
) -> None:
    here = replace(SETTINGS, backup=replace(SETTINGS.backup, staging=str(tmp_path)))
    run = die(tmp_path, **ANOTHER_HOST)
    assert read(store, here).unclear_staging == ()  # it was written to just now
    (run / "run.lock").unlink()
    grow_old(run)
    assert read(store, here).unclear_staging == (UnclearStaging(str(run), "db7"),)
    assert overview_at(store, here, "shop", NOW).unclear_staging == ()


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
    assert read(store, sealed_with).lost_keys == (LostKey("00aa", "", 1, ("local",)),)
    store.backup_keys.register("00aa", "main")
    assert read(store, sealed_with).lost_keys == (LostKey("00aa", "main", 1, ("local",)),)
    both = replace(sealed_with, keys={"2027": KeySettings(), "main": KeySettings()})
    assert read(store, both).lost_keys == ()
    store.catalog.copy_keys.note("local", {entry().backup_id: "00bb"}, {})
    assert read(store, sealed_with).lost_keys == ()


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
