"""What a backup would do if it were started now: database by database, as the run itself does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from core.api.backup_plan import plan_backup
from core.api.launch import Launch
from core.config.backup_settings import BackupSettings
from core.config.dump_settings import DumpSettings
from core.config.encryption_settings import EncryptionSettings
from core.config.repository_settings import RepositorySettings
from core.config.schedule_settings import HookSettings, ScheduleSettings
from core.config.settings import ServerSettings, Settings
from core.model.backup import BackupCopy, BackupKind, CopyState, VerificationLevel
from core.model.backup_detail import BackupPlan, PlannedDatabase
from core.model.databases import Databases
from core.model.job import JobKind, JobOrder
from core.model.server import ServerEntry
from core.model.snapshot import Snapshot, Subject
from core.model.unknown import Unknown
from core.store.store import Store
from tests.contract.catalogued import AT, FULL, copy, entry, manifest
from tests.tui import frames

PLACES = ("local", "offsite")
SETTINGS = Settings(
    servers={"shop": ServerSettings(host="db1.example")},
    repositories={name: RepositorySettings(path=f"/srv/{name}") for name in PLACES},
    backup=BackupSettings(copies=PLACES, databases=("all",)),
    encryption=EncryptionSettings(recovery_kept_by="the vault"),
)


def plan(
    store: Store, kind: str = "full", settings: Settings = SETTINGS, **more: str
) -> BackupPlan:
    launch = Launch((ServerEntry("shop", "shop", "db1"),), settings, Path("/srv/state"))
    schedule = more.pop("schedule", "")
    order = JobOrder(JobKind.BACKUP, "shop", "ana", {"kind": kind, **more}, schedule)
    return plan_backup(store, launch, order)


def planned(store: Store, kind: str = "full") -> dict[str, PlannedDatabase]:
    found = plan(store, kind).databases
    assert not isinstance(found, Unknown)
    return {each.name: each for each in found}


def see(store: Store, *names: str) -> None:
    """A watcher sees these databases on the server."""
    one = frames.calm_databases().databases[0]
    body = Databases(None, 0.0, tuple(replace(one, name=name) for name in names))
    lease = store.leases.acquire("server:shop", "watcher", 60)
    assert lease is not None
    taken = Snapshot("shop", Subject.DATABASES, AT, 60, body)
    store.write_tick(lease, "shop", snapshots=[taken])


def put(
    store: Store, number: int, database: str, minutes: float, size: int, *copies: BackupCopy
) -> str:
    """A full backup that began so many hours after the first one."""
    at = AT.replace(microsecond=0) + number * timedelta(hours=1)
    backup_id = f"{at:%Y%m%dT%H%M%SZ}-full-{number:08x}"
    there = copies or tuple(copy(name) for name in PLACES)
    made = entry(
        backup_id,
        database=database,
        snapshot_at=at,
        finished_at=at + timedelta(minutes=minutes),
        sealed_bytes=size,
        copies=tuple(replace(each, backup_id=backup_id) for each in there),
    )
    store.catalog.add(made)
    return backup_id


def test_each_database_that_the_server_was_seen_to_have_is_named_with_what_its_last_one_took(
    store: Store,
) -> None:
    see(store, "orders", "billing", "new", "template0", "template1")
    put(store, 1, "orders", 10, 4000)
    put(store, 2, "orders", 12, 5000)
    put(store, 3, "billing", 1, 7)
    found = planned(store)
    assert list(found) == ["billing", "new", "orders"]
    took = {name: (each.estimated_bytes, each.estimated_seconds) for name, each in found.items()}
    assert took["orders"] == (5000, 720.0)
    assert took["billing"] == (7, 60.0)
    assert all(isinstance(each, Unknown) for each in took["new"])


def test_of_a_server_that_nobody_has_seen_yet_the_databases_are_not_known(store: Store) -> None:
    assert isinstance(plan(store).databases, Unknown)


def test_an_incremental_follows_the_backup_of_its_own_database(store: Store) -> None:
    see(store, "orders", "billing")
    orders = put(store, 1, "orders", 10, 4000)
    billing = put(store, 2, "billing", 10, 4000)
    found = planned(store, "incremental")
    assert found["orders"].parent_id == orders
    assert found["billing"].parent_id == billing


def test_an_incremental_does_not_follow_a_backup_that_is_not_good_in_every_copy(
    store: Store,
) -> None:
    see(store, "orders")
    whole = put(store, 1, "orders", 10, 4000)
    put(store, 2, "orders", 10, 4000, copy("local"), copy("offsite", state=CopyState.DAMAGED))
    put(store, 3, "orders", 10, 4000, copy("local"))
    put(store, 4, "orders", 10, 4000, copy("local"), copy("offsite", level=VerificationLevel.NONE))
    assert planned(store, "incremental")["orders"].parent_id == whole


def test_where_there_is_nothing_to_follow_a_full_one_is_foreseen_and_what_that_takes(
    store: Store,
) -> None:
    see(store, "orders")
    put(store, 1, "orders", 10, 4000, copy("local"))
    found = planned(store, "incremental")["orders"]
    assert found.parent_id == ""
    assert found.instead == "no earlier backup is good in each of local, offsite"
    assert (found.estimated_bytes, found.estimated_seconds) == (4000, 600.0)


def test_a_chain_that_is_long_enough_is_renewed(store: Store) -> None:
    see(store, "orders")
    short = replace(SETTINGS, dump=DumpSettings(incremental_chain=3))
    copies = tuple(copy(name) for name in PLACES)
    store.catalog.add(entry(copies=copies), replace(manifest(), generation=3))
    found = plan(store, "incremental", short).databases
    assert not isinstance(found, Unknown)
    assert found[0].instead == "the chain has its 3 incremental backups"
    longer = replace(SETTINGS, dump=DumpSettings(incremental_chain=4))
    found = plan(store, "incremental", longer).databases
    assert not isinstance(found, Unknown)
    assert found[0].parent_id == FULL


def test_what_a_schedule_keeps_chooses_and_runs_is_told(store: Store) -> None:
    schedule = ScheduleSettings(
        "monthly",
        "data",
        "0 1 1 * *",
        before=HookSettings(command=("/srv/quiet", "--token", "secret")),
        after=HookSettings(command=("/srv/loud",)),
    )
    found = plan(
        store,
        "data",
        replace(SETTINGS, schedules=(schedule,)),
        schedule="monthly",
        keep="archive",
        tables=json.dumps(["public.orders*"]),
    )
    assert found.kind is BackupKind.DATA
    assert found.selection.tables == ("public.orders*",)
    assert found.keep == "archive"
    assert (found.before, found.after) == ("/srv/quiet", "/srv/loud")
