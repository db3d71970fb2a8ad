"""What does not pass is said at once, with no secret in it, and nothing is left."""

from __future__ import annotations

import json
import os
import sys
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
from tests.servers.s3 import ACCESS_KEY, SECRET_KEY, SECRET_VARIABLE, S3Server


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


_KEYS = """
import json, sys
from pathlib import Path

asked = Path(sys.argv[1])
count = len(asked.read_text()) + 1 if asked.exists() else 1
asked.write_text("x" * count)
print(json.dumps({
    "Version": 1,
    "AccessKeyId": sys.argv[2],
    "SecretAccessKey": sys.argv[3],
    "SessionToken": f"token-{count}",
}, indent=4))
"""
"""Prints another whole key each time, as the program of a credential_process does."""


@pytest.fixture
def with_passing_keys(open_bucket: OpenBucket, tmp_path: Path) -> Repository:
    """The bucket, whose key expires: a program gives a new one each time that it is asked."""
    asked = str(tmp_path / "asked")
    command = (sys.executable, "-c", _KEYS, asked, ACCESS_KEY, SECRET_KEY)
    return open_bucket(
        access_key_id="", secret_access_key_env="", secret_access_key_command=command
    )


@pytest.mark.parametrize(
    ("operation", "refused"),
    [
        ("UploadPart", answer(400, "ExpiredToken")),
        ("CompleteMultipartUpload", answer(400, "ExpiredToken")),
        ("UploadPart", answer(403, "InvalidAccessKeyId")),
        ("HeadObject", answer(400)),
        ("HeadObject", answer(403)),
    ],
)
def test_a_key_that_expires_in_the_middle_of_an_upload_is_had_anew_from_its_program(
    proxy: FaultProxy, with_passing_keys: Repository, operation: str, refused: Action
) -> None:
    content = os.urandom(LARGE)
    proxy.script(Fault(operation, refused))
    upload(with_passing_keys, content)
    assert with_passing_keys.read("shop/large") == content

    tokens = [headers["x-amz-security-token"] for _, _, headers in proxy.requests]
    assert set(tokens) == {"token-1", "token-2"}
    assert tokens[0] == "token-1"
    assert tokens[-1] == "token-2"


def test_a_program_that_gives_the_same_key_again_is_not_asked_for_ever(
    proxy: FaultProxy, open_bucket: OpenBucket, tmp_path: Path
) -> None:
    secret = tmp_path / "key.json"
    secret.write_text(json.dumps({"AccessKeyId": ACCESS_KEY, "SecretAccessKey": SECRET_KEY}))
    secret.chmod(0o600)
    bucket = open_bucket(
        access_key_id="", secret_access_key_env="", secret_access_key_file=str(secret)
    )
    bucket.write("a", b"x")
    proxy.script(Fault("PutObject", answer(403, "ExpiredToken"), times=99))
    with told(RepositoryRefusedError, "credentials have expired"):
        bucket.write("b", b"x")
    assert proxy.seen["PutObject"] == 1


def test_a_profile_whose_key_was_exchanged_is_read_again(
    proxy: FaultProxy,
    open_bucket: OpenBucket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    profile = "[backup]\naws_access_key_id = {}\naws_secret_access_key = {}\n"
    file.write_text(profile.format(ACCESS_KEY, "expired-long-ago"))
    bucket = open_bucket(access_key_id="", secret_access_key_env="", profile="backup")
    file.write_text(profile.format(ACCESS_KEY, SECRET_KEY))
    bucket.write("a", b"x")
    assert bucket.read("a") == b"x"


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        ('{"Version": 1}', "AccessKeyId and SecretAccessKey"),
        ('{"AccessKeyId": "A", "SecretAccessKey": 5}', "AccessKeyId and SecretAccessKey"),
        ("only-a-secret", "gives it alone"),
    ],
)
def test_a_program_that_gives_no_whole_key_is_told_so_without_the_secret(
    open_bucket: OpenBucket, printed: str, why: str
) -> None:
    command = (sys.executable, "-c", f"print({printed!r})")
    with told(RepositoryError, why):
        open_bucket(access_key_id="", secret_access_key_env="", secret_access_key_command=command)
