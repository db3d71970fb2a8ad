"""What an answer of S3, or the lack of one, means to a person, and whether to ask again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore import exceptions as aws

from core.backup.repository.retry import Failure
from core.backup.repository.s3.cases import (
    CLOCKS_DIFFER,
    KEY_CODES,
    NO_BUCKET,
    OTHER_REGION,
    Case,
    case_of,
)
from core.backup.repository.s3.header_times import retry_after, skew_of
from core.backup.repository.s3.silence import unanswered
from core.errors import RepositoryError

_BARE = frozenset({"400", "401", "403"})


def code_of(error: Exception) -> str:
    """S3's code of an error that the server answered; else nothing."""
    if isinstance(error, aws.ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def blames_key(error: Exception) -> bool:
    """Whether an answer means that the key has expired, or is no key any more.

    The answer to HEAD has no code in it: there a bare refusal may mean that.
    """
    if not isinstance(error, aws.ClientError):
        return False
    code = code_of(error)
    return code in KEY_CODES or (error.operation_name.startswith("Head") and code in _BARE)


def failure_of(what: str, endpoint: str, bucket: str, error: Exception) -> Failure | None:
    """What ``error`` means; ``None`` where it is not one of S3 or of the network.

    ``what`` says what could not be done. Messages are ours: no header, signature, credential or
    text of the server comes into them.
    """
    if isinstance(error, RepositoryError):
        return Failure(error)
    if isinstance(error, aws.ClientError):
        return _answered(what, bucket, error)
    return unanswered(what, endpoint, error)


def _answered(what: str, bucket: str, error: aws.ClientError) -> Failure:
    response = error.response
    metadata = response.get("ResponseMetadata", {})
    status = int(metadata.get("HTTPStatusCode", 0))
    headers = metadata.get("HTTPHeaders", {})
    code = _plain_code(code_of(error))
    case = case_of(code, status, error.operation_name)
    if case is None:
        shown = f"{status} {code}" if code and not code.isdigit() else str(status)
        case = Case(
            RepositoryError,
            f"the server answered {shown}",
            "set provider to what the server is; see docs/backup-repositories.md",
        )
    why = case.why
    if case is NO_BUCKET:
        why = f"there is no bucket {bucket}"
    if case is OTHER_REGION and (region := _region_of(response, headers)):
        why = f"the bucket is in the region {region}"
    if case is CLOCKS_DIFFER and (skew := skew_of(headers)) is not None:
        side = "behind" if skew > 0 else "ahead of"
        why = f"this host's clock is {abs(skew):.0f} s {side} the server's"
    return Failure(
        case.kind(what, why=why, remedy=case.remedy),
        is_passing=case.is_passing,
        after_seconds=retry_after(headers),
    )


def _plain_code(code: str) -> str:
    """A code without anything that a server might smuggle into it."""
    return "".join(
        letter for letter in code[:60] if letter.isascii() and (letter.isalnum() or letter == ".")
    )


def _region_of(response: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    region = str(response.get("Error", {}).get("Region") or headers.get("x-amz-bucket-region", ""))
    return "".join(letter for letter in region[:40] if letter.isalnum() or letter == "-")
