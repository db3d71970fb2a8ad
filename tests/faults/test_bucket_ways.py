"""Buckets have versions and locks, lack batches, want checksums and encryption."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.backup.repository.open import open_repository
from core.backup.repository.problems import RepositoryFullError
from core.backup.repository.protocol import Repository
from tests.faults.buckets_on_bad_days import LARGE, OpenBucket, told, upload
from tests.servers.fault_proxy import Fault, FaultProxy, answer, xml
from tests.servers.s3 import S3Server


def test_a_delete_that_only_hides_is_not_called_removed(
    proxy: FaultProxy, bucket: Repository
) -> None:
    hidden = (
        "<DeleteResult><Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker>"
        "<DeleteMarkerVersionId>9</DeleteMarkerVersionId></Deleted>"
        "<Deleted><Key>b</Key></Deleted></DeleteResult>"
    )
    proxy.script(Fault("DeleteObjects", xml(hidden)))
    found = bucket.delete(["a", "b"])
    assert found.hidden == ("a",)
    assert found.removed == ("b",)


def test_what_a_lock_holds_is_left_and_said(proxy: FaultProxy, bucket: Repository) -> None:
    locked = (
        "<DeleteResult><Deleted><Key>b</Key></Deleted><Error><Key>a</Key>"
        "<Code>AccessDenied</Code><Message>WORM protected</Message></Error></DeleteResult>"
    )
    proxy.script(Fault("DeleteObjects", xml(locked)))
    found = bucket.delete(["a", "b"])
    assert [each.path for each in found.kept] == ["a"]
    assert "lock" in found.kept[0].why
    assert found.removed == ("b",)


def test_versions_are_deleted_where_that_is_asked_for(
    proxy: FaultProxy, open_bucket: OpenBucket
) -> None:
    bucket = open_bucket(delete_versions=True)
    versions = (
        "<ListVersionsResult><IsTruncated>false</IsTruncated>"
        "<Version><Key>a</Key><VersionId>1</VersionId></Version>"
        "<Version><Key>a</Key><VersionId>2</VersionId></Version>"
        "<Version><Key>a.txt</Key><VersionId>3</VersionId></Version>"
        "<DeleteMarker><Key>a</Key><VersionId>4</VersionId></DeleteMarker></ListVersionsResult>"
    )
    gone = (
        "<DeleteResult><Deleted><Key>a</Key><VersionId>2</VersionId></Deleted>"
        "<Deleted><Key>a</Key><VersionId>4</VersionId><DeleteMarker>true</DeleteMarker></Deleted>"
        "<Error><Key>a</Key><VersionId>1</VersionId><Code>AccessDenied</Code></Error></DeleteResult>"
    )
    proxy.script(Fault("ListObjectVersions", xml(versions)), Fault("DeleteObjects", xml(gone)))
    found = bucket.delete(["a"])
    assert [each.path for each in found.kept] == ["a"]
    assert found.removed == found.hidden == ()


def test_a_server_without_batches_is_asked_one_by_one(
    proxy: FaultProxy, bucket: Repository
) -> None:
    bucket.write("a", b"x")
    bucket.write("b", b"x")
    proxy.script(Fault("DeleteObjects", answer(501, "NotImplemented")))
    assert bucket.delete(["a", "b"]).removed == ("a", "b")
    assert proxy.seen["DeleteObject"] == 2
    assert list(bucket.list()) == []


def test_a_bucket_with_versions_and_locks_is_reported(
    proxy: FaultProxy, bucket: Repository
) -> None:
    proxy.script(
        Fault("GetBucketVersioning", xml(
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")),
        Fault("GetObjectLockConfiguration", xml(
            "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
            "</ObjectLockConfiguration>")),
    )  # fmt: skip
    report = bucket.probe()
    assert report.versioned is True
    assert report.object_lock is True
    assert any("delete_versions" in warning for warning in report.warnings)


def test_what_may_not_be_asked_is_unknown(proxy: FaultProxy, bucket: Repository) -> None:
    proxy.script(
        Fault("GetBucketVersioning", answer(403, "AccessDenied")),
        Fault("GetObjectLockConfiguration", answer(404, "ObjectLockConfigurationNotFoundError")),
    )
    report = bucket.probe()
    assert report.writable
    assert "access denied" in getattr(report.versioned, "reason", "")
    assert report.object_lock is False


def test_new_objects_get_the_encryption_and_class_that_were_asked_for(
    proxy: FaultProxy, open_bucket: OpenBucket
) -> None:
    bucket = open_bucket(sse="aws:kms", sse_kms_key_id="alias/b", storage_class="STANDARD_IA")
    bucket.write("small", b"x")
    upload(bucket, os.urandom(LARGE))
    created = [h for o, _, h in proxy.requests if o in {"PutObject", "CreateMultipartUpload"}]
    assert len(created) == 2
    for headers in created:
        assert headers["x-amz-server-side-encryption"] == "aws:kms"
        assert headers["x-amz-server-side-encryption-aws-kms-key-id"] == "alias/b"
        assert headers["x-amz-storage-class"] == "STANDARD_IA"


@pytest.mark.parametrize(
    ("checksum", "header"),
    [
        ("md5", "content-md5"),
        ("crc32", "x-amz-checksum-crc32"),
        ("sha256", "x-amz-checksum-sha256"),
    ],
)
def test_every_upload_carries_a_checksum(
    proxy: FaultProxy, open_bucket: OpenBucket, checksum: str, header: str
) -> None:
    bucket = open_bucket(checksum=checksum)
    data = os.urandom(LARGE)
    bucket.write("small", b"x")
    upload(bucket, data)
    sent = [h for o, _, h in proxy.requests if o in {"PutObject", "UploadPart"}]
    assert len(sent) == 4
    assert all(header in headers for headers in sent)
    assert bucket.read("shop/large") == data


def test_large_parts_wait_on_the_disk(
    proxy: FaultProxy, open_bucket: OpenBucket, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    bucket = open_bucket(part_memory_bytes=1000, spool_folder=str(spool))
    data = os.urandom(LARGE)
    upload(bucket, data)
    assert bucket.read("shop/large") == data
    assert list(spool.iterdir()) == []
    with told(RepositoryFullError, "can't wait on the disk"):
        upload(open_bucket(part_memory_bytes=1000, spool_folder=str(spool / "no")), data)


def test_no_proxy_is_asked_for_a_bucket_on_this_machine(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    bucket = open_repository("bucket", s3_server.settings(retry_seconds=0.1))

    bucket.write("object", b"content")

    assert bucket.read("object") == b"content"
    bucket.delete(["object"])
    bucket.close()


def test_only_what_is_much_waits_until_the_server_would_take_it(
    proxy: FaultProxy, open_bucket: OpenBucket
) -> None:
    bucket = open_bucket(part_bytes=2 << 20)
    upload(bucket, b"x" * 1000, "small")
    upload(bucket, b"x" * (3 << 20), "large")
    waited = [
        (int(headers["content-length"]), "expect" in headers)
        for operation, _, headers in proxy.requests
        if operation in {"PutObject", "UploadPart"}
    ]
    assert sorted(waited) == [(1000, False), (1 << 20, False), (2 << 20, True)]
