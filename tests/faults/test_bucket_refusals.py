"""What does not pass is said at once, with no secret in it, and nothing is left."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from core.backup.repository.problems import (
    RepositoryFullError,
    RepositoryMissingError,
    RepositoryRefusedError,
    RepositoryUnreachableError,
)
from core.backup.repository.protocol import Repository
from core.errors import RepositoryError
from tests.faults.buckets_on_bad_days import LARGE, OpenBucket, told, upload
from tests.servers.fault_proxy import Action, Fault, FaultProxy, answer, shift_clock, xml
from tests.servers.s3 import SECRET_KEY, SECRET_VARIABLE, S3Server


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
