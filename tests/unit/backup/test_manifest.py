"""A manifest is read as it was written, or refused with a reason."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime

import pytest

from core.backup.manifest import read_manifest, write_manifest
from core.errors import ManifestError, NewerFormatError
from core.model.backup import (
    ArchiveFormat,
    Artifact,
    ArtifactRole,
    BackupKind,
    Manifest,
    Selection,
    TableName,
)
from core.model.fingerprint import Fingerprint, SequenceValue, TableFingerprint

AT = datetime(2026, 11, 21, 2, tzinfo=UTC)
BACKUP = "20261121T020000Z-incremental-0011aabb"
PARENT = "20261120T020000Z-full-0011aabb"
DATA = Artifact(
    "3456.dat.zst",
    ArtifactRole.TABLE_DATA,
    PARENT,
    "3456.dat.zst",
    1000,
    1100,
    "ab" * 32,
    TableName("public", 'odd "näme"\n'),
)
MANIFEST = Manifest(
    backup_id=BACKUP,
    server_id="shop",
    system_identifier="7000000000000000001",
    database="orders",
    kind=BackupKind.INCREMENTAL,
    parent_id=PARENT,
    chain_id=PARENT,
    generation=1,
    started_at=AT,
    snapshot_at=AT,
    finished_at=AT,
    server_version=180001,
    program_version=180001,
    archive_format=ArchiveFormat.DIRECTORY,
    compression="zstd:3",
    artifacts=(
        dataclasses.replace(
            DATA,
            name="toc.dat",
            role=ArtifactRole.TABLE_OF_CONTENTS,
            backup_id=BACKUP,
            file_name="toc.dat",
            sealed_bytes=300,
            table=None,
        ),
        DATA,
    ),
    fingerprint=Fingerprint(
        seeds=(-5, 2**62),
        tables=(TableFingerprint("public", "t", None, "", "ff"),),
        sequences=(SequenceValue("public", "s", None, is_called=False),),
        schema="aa",
        large_objects="bb",
        extensions=(("plpgsql", "1.0"),),
        roles=("postgres",),
        encoding="UTF8",
        collation="C",
        locale_provider="libc",
    ),
    selection=Selection(excluded_schemas=("auth",)),
)


def changed(**fields: object) -> bytes:
    document = json.loads(write_manifest(MANIFEST))
    document["manifest"].update(fields)
    return json.dumps(document).encode()


def test_what_was_written_is_read() -> None:
    assert read_manifest(write_manifest(MANIFEST), backup_id=BACKUP) == MANIFEST


def test_equal_manifests_are_equal_bytes() -> None:
    again = read_manifest(write_manifest(MANIFEST), backup_id=BACKUP)
    assert write_manifest(again) == write_manifest(MANIFEST)


def test_its_own_size_leaves_out_what_its_parents_hold() -> None:
    assert MANIFEST.sealed_bytes == 300
    assert MANIFEST.ancestors == {PARENT}


def test_what_is_not_known_yet_is_ignored() -> None:
    assert read_manifest(changed(weather="rain"), backup_id=BACKUP) == MANIFEST


def test_a_manifest_of_another_backup_is_refused() -> None:
    with pytest.raises(ManifestError) as caught:
        read_manifest(write_manifest(MANIFEST), backup_id=PARENT)
    assert BACKUP in caught.value.why


def test_a_newer_version_is_named_as_such() -> None:
    document = json.loads(write_manifest(MANIFEST))
    document["version"] += 1
    with pytest.raises(NewerFormatError, match="newer"):
        read_manifest(json.dumps(document).encode(), backup_id=BACKUP)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"format": "other", "version": 1, "manifest": {}}', b"\xff\xfe"],
)
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(ManifestError):
        read_manifest(content, backup_id=BACKUP)


@pytest.mark.parametrize(
    "fields",
    [
        {"generation": "one"},
        {"started_at": "yesterday"},
        {"kind": "complete"},
        {"artifacts": {}},
        {"fingerprint": None},
    ],
)
def test_a_field_that_is_not_what_it_must_be_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ManifestError):
        read_manifest(changed(**fields), backup_id=BACKUP)


@pytest.mark.parametrize(
    "name", ["../passwd", "/etc/passwd", "a/b", "..", "", ".hidden", "x\n", "C:\\x", "a..b"]
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    artifacts = json.loads(write_manifest(MANIFEST))["manifest"]["artifacts"]
    artifacts[1]["file_name"] = name
    with pytest.raises(ManifestError) as caught:
        read_manifest(changed(artifacts=artifacts), backup_id=BACKUP)
    assert "is no name" in caught.value.why


def test_each_cut_is_refused() -> None:
    content = write_manifest(MANIFEST)
    for length in range(len(content)):
        with pytest.raises(ManifestError):
            read_manifest(content[:length], backup_id=BACKUP)
