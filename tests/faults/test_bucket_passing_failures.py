"""Failures of a bucket that pass are waited out, for as long as the settings allow."""

from __future__ import annotations

import os
import time

import pytest

from core.backup.repository.problems import RepositoryUnreachableError
from core.backup.repository.protocol import Repository
from tests.faults.buckets_on_bad_days import LARGE, OpenBucket, told, upload
from tests.servers.fault_proxy import Action, Fault, FaultProxy, answer, hang, reset_in_mid_part

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
