"""Tries a bucket, and asks what kind of bucket it is."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core.backup.repository.protocol import RepositoryReport
from core.backup.repository.s3.checksum import RunningChecksum
from core.backup.repository.s3.client import S3Client
from core.backup.repository.s3.failure import code_of
from core.backup.repository.s3.header_times import skew_of
from core.errors import RepositoryError
from core.model.unknown import Unknown

_NO_LOCK = frozenset({"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"})
_NO_FIGURE = Unknown("a bucket does not say how much room it has")


def probe_bucket(client: S3Client) -> RepositoryReport:
    """Write, read and delete a small object; then ask about versions, locks and the clock."""
    empty = RepositoryReport(client.where, writable=False, free_bytes=_NO_FIGURE)
    try:
        headers = _try(client)
    except RepositoryError as error:
        problem = f"{error.what}: {error.why}"
        return replace(empty, problem=problem, remedy=error.remedy)
    skew = skew_of(headers)
    versioned = _asked(client, "versions", _is_versioned)
    locked = _asked(client, "locks", _has_locks)
    return replace(
        empty,
        writable=True,
        versioned=versioned,
        object_lock=locked,
        clock_skew_seconds=Unknown("the server does not say its time") if skew is None else skew,
        warnings=(*_version_warnings(client, versioned=versioned), *_skew_warnings(client, skew)),
    )


def _try(client: S3Client) -> dict[str, str]:
    """The headers of an answer, after an object was written, read and deleted."""
    what = f"Nothing can be written to {client.where}"
    target = {
        "Bucket": client.settings.bucket,
        "Key": client.key_of(f".pgvigil-probe-{secrets.token_hex(6)}"),
    }
    data = secrets.token_bytes(64)
    checksum = RunningChecksum(client.traits.checksum)
    checksum.update(data)
    # A bucket with a lock takes nothing without a checksum.
    given = {**target, **checksum.parameter(), **client.attributes()}
    client.once(what, lambda boto: boto.put_object(**given, Body=data))
    try:
        read = f"What was written to {client.where} can't be read"
        answer = client.once(read, lambda boto: _got(boto, target))
    finally:
        deleted = f"Nothing can be deleted from {client.where}"
        client.once(deleted, lambda boto: boto.delete_object(**target))
    if answer[0] != data:
        raise RepositoryError(
            f"{client.where} gives back other bytes than were written",
            why="something on the way changes them",
            remedy="look for a proxy between, and at the server",
        )
    return answer[1]


def _got(boto: Any, target: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    answer = boto.get_object(**target)
    return answer["Body"].read(), answer["ResponseMetadata"]["HTTPHeaders"]


def _asked(client: S3Client, what: str, question: Callable[[Any, str], bool]) -> bool | Unknown:
    try:
        return client.once(
            f"The {what} of {client.where} could not be asked about",
            lambda boto: question(boto, client.settings.bucket),
        )
    except RepositoryError as error:
        cause = error.__cause__
        if isinstance(cause, Exception) and code_of(cause) in _NO_LOCK:
            return False
        return Unknown(error.why, error.remedy)


def _is_versioned(boto: Any, bucket: str) -> bool:
    # "Suspended" keeps the versions that there are, but a delete of a newer object removes it.
    return bool(boto.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled")


def _has_locks(boto: Any, bucket: str) -> bool:
    found = boto.get_object_lock_configuration(Bucket=bucket).get("ObjectLockConfiguration", {})
    return bool(found.get("ObjectLockEnabled") == "Enabled")


def _version_warnings(client: S3Client, *, versioned: bool | Unknown) -> tuple[str, ...]:
    if versioned is not True or client.settings.delete_versions:
        return ()
    return (
        "The bucket is versioned: what is pruned stays as an older version until a lifecycle rule "
        "removes it, and its keys with it; set delete_versions = true to have both removed.",
    )


def _skew_warnings(client: S3Client, skew: float | None) -> tuple[str, ...]:
    if skew is None or abs(skew) <= client.settings.clock_skew_seconds:
        return ()
    side = "ahead of" if skew > 0 else "behind"
    return (f"The clock of {client.endpoint} is {abs(skew):.0f} s {side} ours.",)
