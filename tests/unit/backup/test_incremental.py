"""Which tables an incremental backup takes from its parent, and when it is a full one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.backup.incremental import NextBackup, choose
from core.model.backup import (
    ArchiveFormat,
    Artifact,
    ArtifactRole,
    BackupKind,
    Manifest,
    Selection,
    TableName,
)
from core.model.fingerprint import Fingerprint, TableFingerprint

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SAME = TableFingerprint("public", "same", 10, "aa", "d1")
OTHER = TableFingerprint("public", "other", 5, "bb", "d2")
CONTENT = Fingerprint((1, 2), (SAME, OTHER), (), "s", "", (), (), "UTF8", "C", "c")


def rows_of(table: TableFingerprint, backup_id: str = "full-1") -> Artifact:
    name = f"{table.name}.dat.zst"
    return Artifact(
        name,
        ArtifactRole.TABLE_DATA,
        backup_id,
        name,
        1,
        1,
        "digest",
        TableName(table.schema, table.name),
    )


PARENT = Manifest(
    backup_id="full-1",
    server_id="s",
    system_identifier="77",
    database="orders",
    kind=BackupKind.FULL,
    parent_id="",
    chain_id="full-1",
    generation=0,
    started_at=NOW,
    snapshot_at=NOW,
    finished_at=NOW,
    server_version=180001,
    program_version=180001,
    archive_format=ArchiveFormat.DIRECTORY,
    compression="zstd:3",
    artifacts=(rows_of(SAME), rows_of(OTHER)),
    fingerprint=CONTENT,
)
COMING = NextBackup("77", "orders", 180001, 180001, ArchiveFormat.DIRECTORY, "zstd:3", CONTENT)


def with_tables(*tables: TableFingerprint) -> NextBackup:
    return replace(COMING, fingerprint=replace(CONTENT, tables=tables))


def test_unchanged_tables_are_the_parents_artifacts() -> None:
    choice = choose(PARENT, with_tables(SAME, replace(OTHER, content="cc")), longest_chain=5)

    assert choice.kind is BackupKind.INCREMENTAL
    assert choice.unchanged == {TableName("public", "same"): rows_of(SAME)}
    assert choice.reason == "1 of 2 tables have changed since full-1"


@pytest.mark.parametrize(
    "changed",
    [
        replace(SAME, rows=11),
        replace(SAME, content="ab"),
        replace(SAME, definition="d9"),
        replace(SAME, content=""),
        replace(SAME, definition=""),
        replace(SAME, name="renamed"),
        replace(SAME, schema="moved"),
    ],
)
def test_what_differs_in_anything_is_dumped_again(changed: TableFingerprint) -> None:
    choice = choose(PARENT, with_tables(changed, OTHER), longest_chain=5)

    assert choice.unchanged == {TableName("public", "other"): rows_of(OTHER)}


def test_a_table_that_was_not_hashed_either_time_is_dumped_again() -> None:
    unhashed = replace(SAME, content="")
    parent = replace(PARENT, fingerprint=replace(CONTENT, tables=(unhashed, OTHER)))
    choice = choose(parent, with_tables(unhashed, OTHER), longest_chain=5)

    assert TableName("public", "same") not in choice.unchanged


def test_a_table_whose_rows_no_artifact_holds_is_dumped_again() -> None:
    parent = replace(PARENT, artifacts=(rows_of(OTHER),))

    assert set(choose(parent, COMING, longest_chain=5).unchanged) == {TableName("public", "other")}


def test_new_and_dropped_tables_need_nothing_of_the_parent() -> None:
    new = TableFingerprint("public", "new", 1, "ee", "d3")

    choice = choose(PARENT, with_tables(SAME, new), longest_chain=5)

    assert set(choice.unchanged) == {TableName("public", "same")}


def test_an_artifact_of_an_older_ancestor_is_referred_to_directly() -> None:
    carried = rows_of(SAME, "full-0")
    parent = replace(PARENT, kind=BackupKind.INCREMENTAL, artifacts=(carried,), generation=3)

    choice = choose(parent, COMING, longest_chain=5)

    assert choice.unchanged == {TableName("public", "same"): carried}


@pytest.mark.parametrize(
    ("parent", "coming", "reason"),
    [
        (None, COMING, "no earlier backup"),
        (replace(PARENT, generation=5), COMING, "has its 5 incremental"),
        (replace(PARENT, kind=BackupKind.DATA), COMING, "not of everything"),
        (replace(PARENT, system_identifier="78"), COMING, "another server"),
        (replace(PARENT, database="x"), COMING, "another database"),
        (replace(PARENT, selection=Selection(("a",))), COMING, "other schemas"),
        (replace(PARENT, archive_format=ArchiveFormat.CUSTOM), COMING, "single stream"),
        (PARENT, replace(COMING, archive_format=ArchiveFormat.CUSTOM), "single stream"),
        (PARENT, replace(COMING, server_version=190000), "major version of the server"),
        (PARENT, replace(COMING, program_version=190000), "major version of pg_dump"),
        (PARENT, replace(COMING, compression="gzip:1"), "compressed otherwise"),
        (
            PARENT,
            replace(COMING, fingerprint=replace(CONTENT, seeds=(3, 4))),
            "hashed with other seeds",
        ),
        (
            replace(PARENT, fingerprint=replace(CONTENT, recipe=0)),
            COMING,
            "by an earlier recipe",
        ),
        (
            PARENT,
            replace(COMING, fingerprint=replace(CONTENT, collation="de_DE")),
            "encoding or collation",
        ),
        (
            PARENT,
            with_tables(replace(SAME, content="x"), replace(OTHER, content="y")),
            "every table has changed",
        ),
    ],
)
def test_a_full_backup_is_taken_where_an_incremental_can_not_follow(
    parent: Manifest | None, coming: NextBackup, reason: str
) -> None:
    choice = choose(parent, coming, longest_chain=5)

    assert (choice.kind, choice.unchanged) == (BackupKind.FULL, {})
    assert reason in choice.reason


def test_another_level_of_the_same_compression_is_no_obstacle() -> None:
    choice = choose(PARENT, replace(COMING, compression="zstd:9"), longest_chain=5)

    assert choice.kind is BackupKind.INCREMENTAL
