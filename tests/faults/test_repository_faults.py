"""A bucket on bad days: what passes is waited out, what does not is said, and nothing is left."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.backup.repository.open import open_repository
from core.backup.repository.problems import (
    ObjectChangedError,
    RepositoryFullError,
    RepositoryMissingError,
    RepositoryRefusedError,
    RepositoryUnreachableError,
)
from core.backup.repository.protocol import Repository
from core.errors import RepositoryError
from tests.servers.fault_proxy import (
    Action,
    Fault,
    FaultProxy,
    answer,
    break_answer,
    do_it_and_fail,
    end_answer,
    fault_proxy,
    hang,
    lose_it,
    reset_in_mid_part,
    shift_clock,
    xml,
)
from tests.servers.s3 import SECRET_KEY, SECRET_VARIABLE, S3Server

# Amazon wants 5 MiB and more; this server takes any, and tests are quicker.
PART = 256 * 1024
LARGE = 2 * PART + 1234


@pytest.fixture
def proxy(s3_server: S3Server) -> Iterator[FaultProxy]:
    """The way to the bucket, which bad days may befall."""
    with fault_proxy(s3_server.url) as proxy:
        yield proxy


OpenBucket = Callable[..., Repository]


@pytest.fixture
def open_bucket(s3_server: S3Server, proxy: FaultProxy) -> Iterator[OpenBucket]:
    """Opens the bucket through the proxy, with other settings as they are given."""
    opened: list[Repository] = []

    def open_it(**changes: object) -> Repository:
        given = {"endpoint_url": proxy.url, "part_bytes": PART, "read_timeout_seconds": 2}
        settings = s3_server.settings(**{**given, **changes})
        opened.append(open_repository("offsite", settings))
        return opened[-1]

    yield open_it
    for each in opened:
        each.close()


@pytest.fixture
def bucket(open_bucket: OpenBucket) -> Repository:
    """The bucket through the proxy."""
    return open_bucket()


def upload(bucket: Repository, data: bytes, path: str = "shop/large") -> None:
    with bucket.writer(path) as writer:
        for start in range(0, len(data), 100_000):
            writer.write(data[start : start + 100_000])
        writer.commit()


@contextmanager
def told(kind: type[RepositoryError], why: str) -> Iterator[None]:
    """The error of this kind that a tired person understands, with no secret in it."""
    with pytest.raises(kind) as found:
        yield
    error = found.value
    assert why in error.why
    assert error.what
    assert error.remedy
    shown = str(error) + repr(error) + str(error.__cause__)
    assert SECRET_KEY not in shown
    assert "secret inside" not in str(error)


PASSING = {
    "500": answer(500, "InternalError"),
    "500 without a word": answer(500),
    "502 of a proxy between": answer(502),
    "503 SlowDown": answer(503, "SlowDown"),
    "503 with Retry-After": answer(503, "ServiceUnavailable", retry_after="1"),
    "429": answer(429, "TooManyRequests"),
    "a timeout": hang,
    "bytes spoilt on the way": answer(400, "BadDigest"),
}


@pytest.mark.parametrize(
    "operation", ["UploadPart", "CreateMultipartUpload", "CompleteMultipartUpload"]
)
@pytest.mark.parametrize("action", PASSING.values(), ids=PASSING)
def test_a_failure_that_passes_costs_an_upload_only_time(
    proxy: FaultProxy, bucket: Repository, operation: str, action: Action
) -> None:
    data = os.urandom(LARGE)
    proxy.script(Fault(operation, action))
    upload(bucket, data)
    assert bucket.read("shop/large") == data
    assert proxy.seen["CreateMultipartUpload"] <= 2


def test_a_connection_that_is_reset_in_mid_part_costs_only_that_part(
    proxy: FaultProxy, open_bucket: OpenBucket
) -> None:
    bucket = open_bucket(part_bytes=2 << 20)
    data = os.urandom((4 << 20) + 1)
    proxy.script(Fault("UploadPart", reset_in_mid_part, times=2, after=1))
    upload(bucket, data)
    assert bucket.read("shop/large") == data
    assert proxy.seen["UploadPart"] == 3 + 2


@pytest.mark.parametrize("action", [*PASSING.values(), reset_in_mid_part], ids=[*PASSING, "reset"])
def test_a_small_object_survives_failures_that_pass(
    proxy: FaultProxy, bucket: Repository, action: Action
) -> None:
    proxy.script(Fault("PutObject", action))
    bucket.write("wraps.json", b"x" * 200_000)
    assert bucket.read("wraps.json") == b"x" * 200_000


def test_the_server_is_left_alone_for_as_long_as_it_asks(
    proxy: FaultProxy, bucket: Repository
) -> None:
    proxy.script(Fault("HeadObject", answer(503, retry_after="1")))
    before = time.monotonic()
    bucket.exists("a")
    assert time.monotonic() - before >= 1
    assert proxy.seen["HeadObject"] == 2


def test_an_error_inside_a_200_is_not_taken_for_success(
    proxy: FaultProxy, bucket: Repository
) -> None:
    data = os.urandom(LARGE)
    inside = xml("<Error><Code>InternalError</Code><Message>failed after all</Message></Error>")
    proxy.script(Fault("CompleteMultipartUpload", inside))
    upload(bucket, data)
    assert proxy.seen["CompleteMultipartUpload"] == 2
    assert bucket.read("shop/large") == data


@pytest.mark.parametrize(
    "operation", ["CompleteMultipartUpload", "UploadPart", "AbortMultipartUpload"]
)
def test_an_answer_that_is_lost_after_the_work_was_done_does_no_harm(
    proxy: FaultProxy, bucket: Repository, operation: str
) -> None:
    data = os.urandom(LARGE)
    proxy.script(Fault(operation, do_it_and_fail))
    upload(bucket, data)
    assert bucket.read("shop/large") == data


def test_a_part_that_was_accepted_and_then_lost_is_found(
    proxy: FaultProxy, bucket: Repository
) -> None:
    proxy.script(Fault("UploadPart", lose_it, after=1))
    with told(ObjectChangedError, "lost a part"):
        upload(bucket, os.urandom(LARGE))
    assert not bucket.exists("shop/large")
    assert bucket.clean_stale(0) == 0


def test_an_object_that_was_accepted_and_then_lost_is_found(
    proxy: FaultProxy, bucket: Repository
) -> None:
    proxy.script(Fault("PutObject", lose_it))
    with told(ObjectChangedError, "now it is not there"):
        bucket.write("shop/manifest.sealed", b"x")


def test_an_object_that_is_shorter_than_what_was_sent_is_found_and_removed(
    proxy: FaultProxy, bucket: Repository
) -> None:
    bucket.write("shop/manifest.sealed", b"of an earlier run")
    proxy.script(Fault("PutObject", lose_it))
    with told(ObjectChangedError, "17 bytes of 1"):
        bucket.write("shop/manifest.sealed", b"x")


@pytest.mark.parametrize(
    ("action", "kind", "why"),
    [
        (answer(403, "ExpiredToken"), RepositoryRefusedError, "credentials have expired"),
        (answer(403, "InvalidAccessKeyId"), RepositoryRefusedError, "not know this access key"),
        (answer(403, "SignatureDoesNotMatch"), RepositoryRefusedError, "access key is wrong"),
        (answer(403, "AccessDenied"), RepositoryRefusedError, "access denied"),
        (answer(403), RepositoryRefusedError, "access denied"),
        (answer(301, "PermanentRedirect", x_amz_bucket_region="eu-west-3"),
         RepositoryRefusedError, "eu-west-3"),
        (answer(400, "AuthorizationHeaderMalformed"), RepositoryRefusedError, "another region"),
        (answer(404, "NoSuchBucket"), RepositoryMissingError, "no bucket bucket-"),
        (answer(507, "XMinioStorageFull"), RepositoryFullError, "quota"),
        (answer(400, "EntityTooLarge"), RepositoryFullError, "of this size"),
        (answer(400, "<script>"), RepositoryError, "the server answered 400"),
        (answer(400, "KMS.DisabledException"), RepositoryRefusedError, "KMS key is disabled"),
        (answer(501, "NotImplemented"), RepositoryError, "does not know this request"),
    ],
)  # fmt: skip
def test_a_failure_that_does_not_pass_is_said_at_once(
    proxy: FaultProxy, bucket: Repository, action: Action, kind: type[RepositoryError], why: str
) -> None:
    for operation in ("UploadPart", "CreateMultipartUpload", "CompleteMultipartUpload"):
        proxy.script(Fault(operation, action, times=99))
        before = time.monotonic()
        with told(kind, why):
            upload(bucket, os.urandom(LARGE))
        assert time.monotonic() - before < 5
        proxy.script()
        assert not bucket.exists("shop/large")
        assert bucket.clean_stale(0) == 0
    proxy.script(Fault("PutObject", action, times=99))
    with told(kind, why):
        bucket.write("a", b"x")
    proxy.script()
    assert list(bucket.list()) == []
    upload(bucket, b"the next run succeeds")


def test_a_clock_that_is_wrong_is_said_with_how_much(proxy: FaultProxy, bucket: Repository) -> None:
    from email.utils import formatdate

    theirs = formatdate(time.time() + 3600, usegmt=True)
    proxy.script(Fault("PutObject", answer(403, "RequestTimeTooSkewed", Date=theirs)))
    with told(RepositoryRefusedError, "clock"):
        bucket.write("a", b"x")


def test_a_server_whose_clock_is_off_is_reported(proxy: FaultProxy, bucket: Repository) -> None:
    proxy.script(Fault("GetObject", shift_clock(600)))
    report = bucket.probe()
    assert report.writable
    assert isinstance(report.clock_skew_seconds, float)
    assert 595 < report.clock_skew_seconds < 605
    assert any("ahead of ours" in warning for warning in report.warnings)


def test_a_server_that_keeps_failing_is_given_up_after_the_time_for_it(
    proxy: FaultProxy, open_bucket: OpenBucket
) -> None:
    bucket = open_bucket(retry_seconds=0.5)
    proxy.script(Fault("UploadPart", answer(503, "SlowDown"), times=9999))
    with told(RepositoryUnreachableError, "tried"):
        upload(bucket, os.urandom(LARGE))
    proxy.script()
    assert list(bucket.list()) == []
    assert bucket.clean_stale(0) == 0


def test_a_server_that_is_not_there_is_said(s3_server: S3Server, open_bucket: OpenBucket) -> None:
    bucket = open_bucket(endpoint_url="http://127.0.0.1:1", retry_seconds=0.2)
    with told(RepositoryUnreachableError, "can't be reached"):
        bucket.write("a", b"x")
    report = bucket.probe()
    assert not report.writable
    assert "can't be reached" in report.problem


def test_a_server_that_speaks_no_s3_is_said(proxy: FaultProxy, bucket: Repository) -> None:
    proxy.script(Fault("*", xml("<html>Sign in to the hotel's network</html>"), times=999))
    for use in (lambda: list(bucket.list()), lambda: bucket.exists("a")):
        with told(RepositoryUnreachableError, "not S3's"):
            use()


def test_aborting_does_not_wait_for_failures_to_pass(
    proxy: FaultProxy, open_bucket: OpenBucket
) -> None:
    bucket = open_bucket(retry_seconds=60, retry_first_seconds=30, retry_most_seconds=30)
    proxy.script(Fault("UploadPart", answer(503, "SlowDown"), times=9999))
    writer = bucket.writer("shop/large")
    writer.write(os.urandom(LARGE))
    before = time.monotonic()
    writer.abort()
    assert time.monotonic() - before < 10
    proxy.script()
    assert bucket.clean_stale(0) == 0


@pytest.mark.parametrize("count", [0, 1, 1_500_000])
def test_an_answer_that_breaks_off_is_read_on_from_there(
    proxy: FaultProxy, bucket: Repository, count: int
) -> None:
    data = os.urandom(3_000_000)
    bucket.write("a", data)
    proxy.script(Fault("GetObject", break_answer(count), times=2))
    assert bucket.read("a") == data
    assert proxy.seen["GetObject"] == 3


def test_an_object_that_is_replaced_while_it_is_read_is_not_mixed(
    proxy: FaultProxy, bucket: Repository
) -> None:
    bucket.write("a", b"1" * 3_000_000)
    proxy.script(Fault("GetObject", end_answer(1_000_000)))
    with bucket.reader("a") as reader:
        assert reader.read(500_000) == b"1" * 500_000
        bucket.write("a", b"2" * 3_000_000)
        with told(ObjectChangedError, "replaced while it was being read"):
            reader.read()


def test_a_missing_bucket_is_not_a_missing_object(open_bucket: OpenBucket) -> None:
    bucket = open_bucket(bucket="nothing-here")
    for use in (
        lambda: bucket.exists("a"),
        lambda: list(bucket.list()),
        lambda: bucket.write("a", b""),
    ):
        with told(RepositoryMissingError, "no bucket nothing-here"):
            use()


def test_a_wrong_secret_is_said_without_it(
    open_bucket: OpenBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET_VARIABLE, "quite-another-secret")
    bucket = open_bucket()
    with pytest.raises(RepositoryRefusedError) as found:
        bucket.write("a", b"x")
    assert "quite-another-secret" not in str(found.value) + str(found.value.__cause__)


def test_a_missing_secret_is_said_when_the_repository_is_opened(
    open_bucket: OpenBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SECRET_VARIABLE)
    with told(RepositoryError, "secret_access_key_env names"):
        open_bucket()


def test_expired_credentials_are_fetched_anew_from_their_source(
    proxy: FaultProxy, open_bucket: OpenBucket, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("expired-long-ago\n")
    secret.chmod(0o600)
    bucket = open_bucket(secret_access_key_env="", secret_access_key_file=str(secret))
    secret.write_text(SECRET_KEY + "\n")
    proxy.script(Fault("PutObject", answer(403, "ExpiredToken")))
    bucket.write("a", b"x")
    assert bucket.read("a") == b"x"


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
