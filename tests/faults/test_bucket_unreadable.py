"""What can't be read any more costs a verification a limited time, and the others are read."""

from __future__ import annotations

import time

import pytest

from core.backup import layout
from core.backup.progress import SilentReporter
from core.backup.repository.problems import RepositoryUnreachableError
from core.backup.verify.sealed import SealedVerifier
from tests.faults.buckets_on_bad_days import OpenBucket, told, upload
from tests.servers.fault_proxy import (
    Action,
    Fault,
    FaultProxy,
    answer,
    break_answer,
    end_answer,
    in_turn,
    of_these,
)
from tests.servers.sealed_backups import SERVER, Sealing

SEALING = Sealing()
FAILING = answer(500, "InternalError")


@pytest.mark.parametrize(
    "action",
    [FAILING, break_answer(0), answer(403, "InvalidObjectState")],
    ids=["500", "breaks off", "archived"],
)
def test_many_that_are_lastingly_broken_are_judged_together_and_the_others_are_read(
    proxy: FaultProxy, open_bucket: OpenBucket, action: Action
) -> None:
    bucket = open_bucket(retry_seconds=2)
    contents = {f"{number}.dat": b"rows" * number for number in range(10, 36)}
    backup = SEALING.full(contents=contents)
    backup.write_to(bucket)
    bucket.write(layout.REPOSITORY_FILE, b"it answers")
    broken = [f"/{number}.dat." for number in range(10, 30)]
    proxy.script(Fault("GetObject", of_these(broken, action), times=99_999))
    verifier = SealedVerifier(bucket, SERVER, SEALING.ring, SilentReporter())

    before = time.monotonic()
    problems = verifier.problems(backup.manifest.artifacts)

    # Each for as long as a request is tried would be 20 s for two readers.
    assert time.monotonic() - before < 10
    assert [each.name for each in problems] == [f"{number}.dat" for number in range(10, 30)]
    assert not bucket.is_given_up

    proxy.script()
    so_far = verifier.read_bytes
    assert verifier.problems(backup.manifest.artifacts) == []
    assert verifier.read_bytes - so_far == sum(
        backup.artifact(each.name).sealed_bytes for each in problems
    )


def test_what_passes_while_the_others_are_read_is_no_damage(
    proxy: FaultProxy, open_bucket: OpenBucket
) -> None:
    bucket = open_bucket(retry_seconds=20)
    backup = SEALING.full()
    backup.write_to(bucket)
    bucket.write(layout.REPOSITORY_FILE, b"it answers")
    name = "3001.dat.zst"
    proxy.script(Fault("GetObject", of_these([name], FAILING), times=60))
    verifier = SealedVerifier(bucket, SERVER, SEALING.ring, SilentReporter())
    assert verifier.problems(backup.manifest.artifacts) == []


def test_one_that_hardly_comes_is_given_up_after_the_time_for_it(
    proxy: FaultProxy, open_bucket: OpenBucket
) -> None:
    bucket = open_bucket(retry_seconds=1)
    upload(bucket, bytes(6 << 20))
    a_little = break_answer(300_000)
    proxy.script(Fault("GetObject", in_turn(a_little, *[FAILING] * 9), times=99_999))
    with told(RepositoryUnreachableError, "tried"):
        bucket.read("shop/large")


def test_a_long_one_over_a_bad_line_is_read_to_its_end(
    proxy: FaultProxy, open_bucket: OpenBucket
) -> None:
    bucket = open_bucket(retry_seconds=2)
    upload(bucket, bytes(60 << 20))
    a_lot = end_answer(9 << 20)
    proxy.script(Fault("GetObject", in_turn(a_lot, *[FAILING] * 10), times=99_999))
    assert len(bucket.read("shop/large")) == 60 << 20


def test_a_short_patience_with_one_object_gives_no_bucket_up(
    proxy: FaultProxy, open_bucket: OpenBucket
) -> None:
    bucket = open_bucket(retry_seconds=1)
    bucket.write("a", b"x")
    proxy.script(Fault("GetObject", FAILING, times=99_999))
    with told(RepositoryUnreachableError, "failed inside"):
        bucket.reader("a", patience_seconds=0.1)
    assert not bucket.is_given_up
    with told(RepositoryUnreachableError, "failed inside"):
        bucket.reader("a")
    assert bucket.is_given_up
