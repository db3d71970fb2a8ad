"""A plan says exactly what a restore would do, and of which world it was made."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.table_of_contents import TableOfContents, TocEntry
from core.config.dump_settings import DumpSettings
from core.errors import BackupError, NewerFormatError, RestoreError
from core.model.backup import BackupKind, TableName
from core.model.restore import (
    BackupChoice,
    CheckState,
    ChosenTable,
    PassedOver,
    RestorePlan,
    RestoreWish,
    TargetKind,
)
from core.postgres.client_programs import ClientPrograms
from core.postgres.target import Target
from core.restore.estimate import Earlier, EarlierRestore
from core.restore.plan_file import read_plan, write_plan
from core.restore.planner import plan
from core.restore.surroundings import Surroundings
from core.restore.swap.properties import Properties
from core.restore.world import changes, require_newest, require_unchanged
from tests.unit.backup.catalog_entries import NOW, entry
from tests.unit.backup.test_manifest import MANIFEST as SOME_MANIFEST
from tests.unit.restore.test_preflight import TARGET

ENDPOINT = Endpoint(
    display="postgresql://restorer@db1/postgres",
    database="postgres",
    encoding="UTF8",
    server_version=180001,
    target=Target("shop", "db1", {}),
    settings=DumpSettings(),
    parameters={"host": "db1", "port": "5432", "dbname": "postgres", "user": "restorer"},
    secrets={"password": "hunter2"},
)
WISH = RestoreWish("shop", "orders", TargetKind.BESIDE, "shop", "orders_restored")


def toc_entry(
    number: int, description: bytes, tag: bytes, *needed: int, file_name: bytes | None = None
) -> TocEntry:
    return TocEntry(
        dump_id=number, has_data=bool(file_name), table_oid=b"0", oid=b"0", tag=tag,
        description=description, section=2, definition=None, drop_statement=None,
        copy_statement=None, namespace=b"public", tablespace=None, table_access_method=None,
        relkind=0, owner=b"shop", with_oids=None, dependencies=needed, file_name=file_name,
    )  # fmt: skip


CONTENTS = TableOfContents(
    (1, 16),
    4,
    b"",
    (
        toc_entry(1, b"TABLE", b"t"),
        toc_entry(2, b"TABLE", b"u"),
        toc_entry(3, b"TABLE DATA", b"t", 1, file_name=b"3456.dat"),
        toc_entry(4, b"TABLE DATA", b"u", 2, file_name=b"3457.dat"),
    ),
)
MANIFEST = replace(
    SOME_MANIFEST,
    fingerprint=replace(SOME_MANIFEST.fingerprint, collation="C C", locale_provider="c"),
)
AROUND = Surroundings(
    choice=BackupChoice(entry(1), entry(1).copies[0], "the newest backup"),
    manifest=MANIFEST,
    contents=CONTENTS,
    target=TARGET,
    endpoint=ENDPOINT,
    programs=ClientPrograms(Path("/usr/lib/postgresql/18/bin"), 180001, "for tests"),
    workers=2,
    staging_free=10_000,
)


def planned(wish: RestoreWish = WISH, around: Surroundings = AROUND) -> RestorePlan:
    return plan(wish, around, plan_id="r1", now=NOW)


def test_the_steps_stand_in_their_order_with_their_commands() -> None:
    steps = planned().steps
    assert [step.phase for step in steps] == [
        "prepare", "fetch", "create", "definitions", "rows", "indexes and constraints", "validate",
        "open",
    ]  # fmt: skip
    assert steps[2].commands[0].startswith('CREATE DATABASE "orders_restored" TEMPLATE template0')
    assert steps[3].commands[0].startswith("/usr/lib/postgresql/18/bin/pg_restore --dbname=")
    assert "dbname=orders_restored" in steps[3].commands[0]


def test_no_secret_is_in_a_plan() -> None:
    assert b"hunter2" not in write_plan(planned())


def test_it_says_what_is_fetched_and_that_nothing_is_destroyed() -> None:
    found = planned()
    assert found.fetch_bytes == sum(each.sealed_bytes for each in MANIFEST.artifacts)
    assert found.destroyed == ()
    assert found.undo.startswith("drop the new database orders_restored")


def test_of_chosen_tables_only_their_files_are_fetched() -> None:
    toc, rows = MANIFEST.artifacts
    one = replace(WISH, tables=(ChosenTable(TableName("public", "t")),))
    other = replace(WISH, tables=(ChosenTable(TableName("public", "u")),))
    known = replace(MANIFEST, artifacts=(toc, replace(rows, file_name="3456.dat.zst")))
    around = replace(AROUND, manifest=known)
    assert planned(one, around).fetch_bytes == toc.sealed_bytes + rows.sealed_bytes
    assert planned(other, around).fetch_bytes == toc.sealed_bytes
    with pytest.raises(BackupError):
        planned(replace(WISH, tables=(ChosenTable(TableName("public", "gone")),)), around)


def test_it_says_what_of_a_part_is_compared_and_what_is_not() -> None:
    part = planned(replace(WISH, tables=(ChosenTable(TableName("public", "t")),)))
    (of_all,) = (each.what for each in planned().steps if each.phase == "validate")
    (of_part,) = (each.what for each in part.steps if each.phase == "validate")
    assert "owners and grants with the backup's fingerprint" in of_all
    assert "as pg_dump tells it, with the archive" in of_part


def test_what_stops_it_is_told() -> None:
    around = replace(AROUND, target=replace(TARGET, is_standby=True))
    assert planned().stops == ()
    assert [check.name for check in planned(around=around).stops] == ["primary"]


def test_the_world_is_the_same_as_long_as_nothing_that_matters_changes() -> None:
    assert planned().world == planned().world
    busier = replace(TARGET, free_slots=TARGET.free_slots - 1)
    assert planned(around=replace(AROUND, target=busier)).world == planned().world
    for change in ({"is_standby": True}, {"server_version": 170000}, {"role": "other"}):
        changed = replace(AROUND, target=replace(TARGET, **change))
        assert planned(around=changed).world != planned().world


def test_a_swap_is_planned_of_one_live_database_whatever_bears_its_name_later() -> None:
    live = Properties(16384, "shop", "pg_default", -1, False, None, None, ())
    swap = replace(WISH, target=TargetKind.SWAP, target_database="orders")
    other = replace(live, oid=16999)
    first, second = (planned(swap, replace(AROUND, live=each)) for each in (live, other))
    assert changes(first, second) == (
        "live database: orders, number 16384 then, orders, number 16999 now",
    )
    with pytest.raises(RestoreError, match="does not hold any more"):
        require_unchanged(first, second)


def test_a_swap_of_the_newest_backup_is_refused_once_there_is_a_newer_one() -> None:
    swap = replace(WISH, target=TargetKind.SWAP, target_database="orders")
    made = planned(swap, AROUND)
    old = replace(entry(1), snapshot_at=made.snapshot_at - timedelta(days=1))
    new = replace(entry(0), snapshot_at=made.snapshot_at + timedelta(days=1))
    wish = replace(WISH, database=new.database)
    made = replace(made, wish=replace(swap, database=new.database))
    with pytest.raises(RestoreError, match="does not hold any more"):
        require_newest(made, [old, new])
    require_newest(made, [old])
    require_newest(made, [replace(new, database="another")])
    require_newest(made, [replace(new, kind=BackupKind.SCHEMA)])
    passed_over = (PassedOver(new.backup_id, "local", "its key is not at hand"),)
    require_newest(replace(made, passed_over=passed_over), [new])
    named = replace(made.wish, backup_id=made.backup_id)
    require_newest(replace(made, wish=named), [new])
    require_newest(replace(made, wish=wish), [new])


def test_its_time_is_known_only_when_that_of_each_step_is() -> None:
    assert planned().seconds is None
    took = {"prepare": 1.0, "fetch": 1.0, "definitions": 2.0, "rows": 10.0}
    told = [run_of(took), run_of(took | {"indexes and constraints": 4.0, "validate": 3})]
    assert [
        planned(around=replace(AROUND, earlier=Earlier([each]))).seconds is None for each in told
    ] == [True, False]


def run_of(seconds: dict[str, float]) -> EarlierRestore:
    return EarlierRestore(TargetKind.BESIDE, "shop", 1_000, 1_000, seconds)


def test_a_plan_is_read_as_it_was_written() -> None:
    wish = replace(WISH, moment=NOW, tables=(ChosenTable(TableName("public", "t"), False),))
    assert read_plan(write_plan(planned(wish))) == planned(wish)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "pgvigil restore plan"}'])
def test_what_is_no_whole_plan_is_refused(content: bytes) -> None:
    with pytest.raises(RestoreError):
        read_plan(content)


def test_a_plan_of_a_newer_version_is_refused() -> None:
    told = json.loads(write_plan(planned())) | {"version": 9}
    with pytest.raises(NewerFormatError, match="version 9"):
        read_plan(json.dumps(told).encode())


def test_a_check_that_can_not_be_made_is_told_as_such() -> None:
    unknown = [check.name for check in planned().checks if check.state is CheckState.UNKNOWN]
    assert unknown == ["room on the server"]


def test_all_of_a_database_needs_the_room_that_its_tables_took_and_a_part_of_it_does_not() -> None:
    big = replace(AROUND, target_free=50_000, manifest=replace(MANIFEST, table_bytes=60_000))
    scratch = replace(WISH, target=TargetKind.SCRATCH)
    (stop,) = planned(scratch, big).stops
    assert "at least 60,000 are needed" in stop.what
    assert "[drill] folder" in stop.remedy
    assert planned(scratch, replace(big, target_free=60_000)).stops == ()
    assert planned(replace(scratch, rows=False), big).stops == ()
