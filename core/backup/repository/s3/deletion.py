"""Deletes objects of a bucket, and says honestly what that meant.

In a versioned bucket a plain delete only puts a marker over the object. With ``delete_versions``
the versions go too, as far as no lock holds them; locks are never bypassed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from core.backup.repository.problems import RepositoryMissingError
from core.backup.repository.protocol import Deletion, KeptObject
from core.backup.repository.s3.cases import UNKNOWN_REQUEST_CODES
from core.backup.repository.s3.client import S3Client
from core.backup.repository.s3.failure import code_of
from core.errors import RepositoryError

_BATCH = 1000
_WHY = {
    "AccessDenied": "a lock (retention or legal hold) holds it, or the key may not delete",
    "ObjectLocked": "a lock (retention or legal hold) holds it",
    "InvalidRequest": "a lock (retention or legal hold) holds it",
    "InternalError": "the server failed inside; the next run tries again",
    "SlowDown": "the server is overloaded; the next run tries again",
}


@dataclass(frozen=True, slots=True)
class _Target:
    """One version of an object; without a version, the object as it is seen."""

    key: str
    version: str = ""

    def to_request(self) -> dict[str, str]:
        return {"Key": self.key, **({"VersionId": self.version} if self.version else {})}


@dataclass(slots=True)
class _Fate:
    is_hidden: bool = False
    kept_because: str = ""


def delete_objects(client: S3Client, paths: Sequence[str]) -> Deletion:
    """Delete objects, a thousand a request where the server takes so many.

    Raises:
        RepositoryError: nothing more can be deleted now.
    """
    if client.settings.delete_versions:
        return _fates(client, paths, _versions(client, paths))
    return hide_objects(client, paths)


def hide_objects(client: S3Client, paths: Sequence[str]) -> Deletion:
    """Delete objects as they are seen; in a versioned bucket their versions stay.

    Raises:
        RepositoryError: nothing more can be deleted now.
    """
    return _fates(client, paths, _objects(client, paths))


def _fates(client: S3Client, paths: Sequence[str], targets: Iterator[_Target]) -> Deletion:
    """What becomes of objects of which these versions are deleted."""
    fates = {path: _Fate() for path in paths}
    while batch := list(islice(targets, _BATCH)):
        for target, is_hidden, why in _deleted(client, batch):
            fate = fates.get(client.path_of(target.key))
            if fate is not None:
                fate.is_hidden |= is_hidden
                fate.kept_because = fate.kept_because or why
    return Deletion(
        removed=tuple(
            p for p, fate in fates.items() if not fate.is_hidden and not fate.kept_because
        ),
        hidden=tuple(p for p, fate in fates.items() if fate.is_hidden and not fate.kept_because),
        kept=tuple(
            KeptObject(path, fate.kept_because) for path, fate in fates.items() if fate.kept_because
        ),
    )


def _objects(client: S3Client, paths: Sequence[str]) -> Iterator[_Target]:
    for path in paths:
        yield _Target(client.key_of(path))


def _versions(client: S3Client, paths: Sequence[str]) -> Iterator[_Target]:
    """Every version and marker of the objects."""
    for path in paths:
        key = client.key_of(path)
        what = f"The versions of {path} could not be listed"
        marker: dict[str, str] = {}
        while True:
            request = {"Bucket": client.settings.bucket, "Prefix": key, **marker}
            page = client.call(what, partial(_page_of_versions, request))
            for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                if found["Key"] == key:
                    yield _Target(key, str(found["VersionId"]))
            if not page.get("IsTruncated"):
                break
            marker = {
                "KeyMarker": page["NextKeyMarker"],
                "VersionIdMarker": page["NextVersionIdMarker"],
            }


def _page_of_versions(request: dict[str, str], boto: Any) -> dict[str, Any]:
    page: dict[str, Any] = boto.list_object_versions(**request)
    return page


_Result = tuple[_Target, bool, str]


def _deleted(client: S3Client, batch: Sequence[_Target]) -> Iterator[_Result]:
    """Each target with whether it is merely hidden, and why it was kept if it was."""
    if client.traits.deletes_batches:
        request = {
            "Bucket": client.settings.bucket,
            "Delete": {"Objects": [target.to_request() for target in batch], "Quiet": False},
        }
        what = f"{len(batch)} objects could not be deleted from {client.where}"
        try:
            answer = client.call(what, lambda boto: boto.delete_objects(**request))
        except RepositoryError as error:
            cause = error.__cause__
            if not isinstance(cause, Exception) or code_of(cause) not in UNKNOWN_REQUEST_CODES:
                raise
        else:
            yield from _batch_results(batch, answer)
            return
    for target in batch:
        yield _one(client, target)


def _batch_results(batch: Sequence[_Target], answer: dict[str, Any]) -> Iterator[_Result]:
    errors = {
        _Target(str(error.get("Key", "")), str(error.get("VersionId", ""))): str(
            error.get("Code", "")
        )
        for error in answer.get("Errors", ())
    }
    markers = {
        str(done.get("Key", ""))
        for done in answer.get("Deleted", ())
        if done.get("DeleteMarker") and not done.get("VersionId")
    }
    for target in batch:
        code = errors.get(target) or errors.get(_Target(target.key)) or ""
        if code in {"NoSuchKey", "NoSuchVersion"}:
            code = ""
        why = _why(code) if code else ""
        yield target, not target.version and target.key in markers, why


def _one(client: S3Client, target: _Target) -> _Result:
    what = f"{client.path_of(target.key)} could not be deleted"
    request = {"Bucket": client.settings.bucket, **target.to_request()}
    try:
        answer = client.call(what, lambda boto: boto.delete_object(**request))
    except RepositoryMissingError:
        raise
    except RepositoryError as error:
        cause = error.__cause__
        code = code_of(cause) if isinstance(cause, Exception) else ""
        if code in {"NoSuchKey", "NoSuchVersion"}:
            return target, False, ""
        if code not in _WHY:
            raise
        return target, False, _why(code)
    return target, not target.version and bool(answer.get("DeleteMarker")), ""


def _why(code: str) -> str:
    plain = "".join(letter for letter in code[:60] if letter.isalnum())
    return _WHY.get(code, f"the server refuses it ({plain})")
