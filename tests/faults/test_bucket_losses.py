"""A bucket that says that it has what it has not, or gives something else back."""

from __future__ import annotations

import os

import pytest

from core.backup.repository.problems import ObjectChangedError, ObjectMissingError
from core.backup.repository.protocol import Repository
from tests.faults.buckets_on_bad_days import LARGE, told, upload
from tests.servers.fault_proxy import (
    Fault,
    FaultProxy,
    break_answer,
    do_it_and_fail,
    end_answer,
    lose_it,
    xml,
)


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


def test_what_is_read_back_anyway_is_not_asked_for_besides(
    proxy: FaultProxy, bucket: Repository
) -> None:
    proxy.script(Fault("PutObject", lose_it))
    upload(bucket, b"x")
    assert not proxy.seen["HeadObject"]
    with told(ObjectMissingError, "not there"):
        bucket.read("shop/large")


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
