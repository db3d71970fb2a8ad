"""What an answer of S3, or the lack of one, means to a person, and whether to ask again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from core.backup.repository.problems import (
    ObjectChangedError,
    ObjectLockedError,
    ObjectMissingError,
    RepositoryFullError,
    RepositoryMissingError,
    RepositoryRefusedError,
    RepositoryUnreachableError,
)
from core.backup.repository.retry import Failure
from core.errors import RepositoryError


@dataclass(frozen=True, slots=True)
class _Case:
    kind: type[RepositoryError]
    why: str
    remedy: str
    is_passing: bool = False


_KEY = "check access_key_id and where the secret access key comes from"
_EXPIRED = _Case(
    RepositoryRefusedError,
    "the credentials have expired",
    "renew them; for long backups use a profile, a role or secret_access_key_command, "
    "which give new ones by themselves",
)
_DENIED = _Case(
    RepositoryRefusedError,
    "access denied: the key is known, but may not do this",
    "docs/backup-repositories.md lists the permissions that pgvigil needs",
)
_BUSY = _Case(
    RepositoryUnreachableError,
    "the server is overloaded and asks to come back later",
    "run it again later, or set bandwidth_bytes_per_second",
    is_passing=True,
)
_FAILED = _Case(
    RepositoryUnreachableError,
    "the server failed inside",
    "see the provider's status page, then run it again; earlier backups are untouched",
    is_passing=True,
)
_REGION = _Case(
    RepositoryRefusedError,
    "the bucket is in another region",
    "set region to that of the bucket",
)
_SPOILT = _Case(
    RepositoryUnreachableError,
    "what arrived is not what was sent (its checksum differs)",
    "run it again; if it happens often, look for a proxy or network card that changes bytes",
    is_passing=True,
)
_LOST_PART = _Case(
    ObjectChangedError,
    "the server lost a part that it had accepted",
    "run it again; if it happens often, the server can't be trusted with backups",
)
_NO_BUCKET = _Case(
    RepositoryMissingError,
    "there is no such bucket",
    "create it, or correct bucket, endpoint_url and path_style",
)
_NO_OBJECT = _Case(ObjectMissingError, "it is not there", "pgvigil backup list shows what there is")

_CASES: Mapping[str, _Case] = {
    "InvalidAccessKeyId": _Case(
        RepositoryRefusedError, "the server does not know this access key", _KEY
    ),
    "SignatureDoesNotMatch": _Case(
        RepositoryRefusedError,
        "the secret access key is wrong (the signature does not match)",
        _KEY + "; and that region and path_style are the server's",
    ),
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "InvalidToken": _Case(RepositoryRefusedError, "the session token is not valid", _KEY),
    "AccessDenied": _DENIED,
    "AllAccessDisabled": _DENIED,
    "AccountProblem": _Case(
        RepositoryRefusedError,
        "the provider has a problem with the account",
        "see the provider's console: a bill may be open",
    ),
    "RequestTimeTooSkewed": _Case(
        RepositoryRefusedError,
        "the clocks of this host and of the server differ too much",
        "set this host's clock: timedatectl status, chronyc tracking",
    ),
    "NoSuchBucket": _NO_BUCKET,
    "InvalidBucketName": _Case(
        RepositoryMissingError, "no bucket can have this name", "correct bucket"
    ),
    "NoSuchKey": _NO_OBJECT,
    "NoSuchVersion": _NO_OBJECT,
    "NotFound": _NO_OBJECT,
    "InvalidPart": _LOST_PART,
    "InvalidPartOrder": _LOST_PART,
    "NoSuchUpload": _Case(
        ObjectChangedError,
        "the server no longer knows the upload: it was aborted by a lifecycle rule or by somebody",
        "let the bucket's rule for unfinished uploads wait for longer than a backup takes",
    ),
    "EntityTooSmall": _Case(
        RepositoryError,
        "the server wants larger parts",
        "set part_bytes to what the provider asks for",
    ),
    "EntityTooLarge": _Case(
        RepositoryFullError,
        "the server takes no object or part of this size",
        "see the provider's limit (Supabase: Storage settings, upload file size limit)",
    ),
    "QuotaExceeded": _Case(
        RepositoryFullError,
        "the quota of the bucket or the account is used up",
        "raise the quota, or shorten the retention and prune; earlier backups are untouched",
    ),
    "InvalidObjectState": _Case(
        RepositoryRefusedError,
        "the object is in an archive class that has to be restored before it can be read",
        "restore it in the provider's console; keep lifecycle rules from archiving backups",
    ),
    "ObjectLocked": _Case(ObjectLockedError, "a lock holds it", "wait until its retention is over"),
    "PermanentRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "BadDigest": _SPOILT,
    "XAmzContentSHA256Mismatch": _SPOILT,
    "XAmzContentChecksumMismatch": _SPOILT,
    "IncompleteBody": _SPOILT,
    "RequestTimeout": _FAILED,
    "InternalError": _FAILED,
    "ServiceUnavailable": _BUSY,
    "SlowDown": _BUSY,
    "Throttling": _BUSY,
    "ThrottlingException": _BUSY,
    "RequestLimitExceeded": _BUSY,
    "TooManyRequests": _BUSY,
    "OperationAborted": _BUSY,
    "KMS.DisabledException": _Case(
        RepositoryRefusedError,
        "the KMS key is disabled",
        "enable it, or correct sse_kms_key_id",
    ),
    "KMS.NotFoundException": _Case(
        RepositoryRefusedError, "there is no such KMS key", "correct sse_kms_key_id"
    ),
    "NotImplemented": _Case(
        RepositoryError,
        "the server does not know this request",
        "set provider to what the server is; see docs/backup-repositories.md",
    ),
}
_ALIASES = {
    "QuotaExceededException": "QuotaExceeded",
    "XMinioStorageFull": "QuotaExceeded",
    "XMinioAdminBucketQuotaExceeded": "QuotaExceeded",
    "InsufficientStorage": "QuotaExceeded",
    "XMinioObjectLocked": "ObjectLocked",
    "ObjectLockedByBucketPolicy": "ObjectLocked",
    "RequestTimeTooLate": "RequestTimeTooSkewed",
}
_BY_STATUS = {
    301: _REGION,
    401: _DENIED,
    403: _DENIED,
    408: _FAILED,
    429: _BUSY,
    503: _BUSY,
    507: _CASES["QuotaExceeded"],
}

EXPIRED_CODES = frozenset(code for code, case in _CASES.items() if case is _EXPIRED)
UNKNOWN_REQUEST_CODES = frozenset(
    {"NotImplemented", "MethodNotAllowed", "XNotImplemented", "501", "405"}
)


def code_of(error: Exception) -> str:
    """S3's code of an error that the server answered; else nothing."""
    if isinstance(error, aws.ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def failure_of(what: str, endpoint: str, bucket: str, error: Exception) -> Failure | None:
    """What ``error`` means; ``None`` where it is not one of S3 or of the network.

    ``what`` says what could not be done. Messages are ours: no header, signature, credential or
    text of the server comes into them.
    """
    if isinstance(error, RepositoryError):
        return Failure(error)
    if isinstance(error, aws.ClientError):
        return _answered(what, bucket, error)
    return _unanswered(what, endpoint, error)


def _answered(what: str, bucket: str, error: aws.ClientError) -> Failure:
    response = error.response
    metadata = response.get("ResponseMetadata", {})
    status = int(metadata.get("HTTPStatusCode", 0))
    headers = metadata.get("HTTPHeaders", {})
    code = _plain_code(code_of(error))
    case = _CASES.get(_ALIASES.get(code, code)) or _by_status(status, error.operation_name)
    if case is None:
        shown = f"{status} {code}" if code and not code.isdigit() else str(status)
        case = _Case(
            RepositoryError,
            f"the server answered {shown}",
            "set provider to what the server is; see docs/backup-repositories.md",
        )
    why = case.why
    if case is _NO_BUCKET:
        why = f"there is no bucket {bucket}"
    if case is _REGION and (region := _region_of(response, headers)):
        why = f"the bucket is in the region {region}"
    if case is _CASES["RequestTimeTooSkewed"] and (skew := skew_of(headers)) is not None:
        side = "behind" if skew > 0 else "ahead of"
        why = f"this host's clock is {abs(skew):.0f} s {side} the server's"
    return Failure(
        case.kind(what, why=why, remedy=case.remedy),
        is_passing=case.is_passing,
        after_seconds=_retry_after(headers),
    )


def _by_status(status: int, operation: str) -> _Case | None:
    if status == 404:
        return _NO_BUCKET if operation == "HeadBucket" else _NO_OBJECT
    if status >= 500 and status not in {501, 505, 507}:
        return _BY_STATUS.get(status, _FAILED)
    return _BY_STATUS.get(status)


def _plain_code(code: str) -> str:
    """A code without anything that a server might smuggle into it."""
    return "".join(
        letter for letter in code[:60] if letter.isascii() and (letter.isalnum() or letter == ".")
    )


def _region_of(response: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    region = str(response.get("Error", {}).get("Region") or headers.get("x-amz-bucket-region", ""))
    return "".join(letter for letter in region[:40] if letter.isalnum() or letter == "-")


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that Retry-After asks for, as a number or a date; 0 where it says nothing."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (_aware(until) - datetime.now(UTC)).total_seconds())


def server_time(headers: Mapping[str, str]) -> datetime:
    """What the server's clock showed, in whole seconds; ours where it did not say."""
    return _dated(headers) or datetime.now(UTC).replace(microsecond=0)


def skew_of(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server's clock is ahead of ours, by its Date; ``None``: it said none."""
    there = _dated(headers)
    return None if there is None else (there - datetime.now(UTC)).total_seconds()


def _dated(headers: Mapping[str, str]) -> datetime | None:
    try:
        return _aware(parsedate_to_datetime(headers.get("date", "")))
    except ValueError:
        return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_NO_CREDENTIALS = (
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.CredentialRetrievalError,
    aws.TokenRetrievalError,
    aws.SSOError,
)


def _unanswered(what: str, endpoint: str, error: Exception) -> Failure | None:
    if isinstance(error, _NO_CREDENTIALS):
        return Failure(
            RepositoryRefusedError(
                what,
                why="no credentials could be had",
                remedy="set access_key_id and secret_access_key_env (_file, _command), or profile",
            )
        )
    if isinstance(error, aws.ProfileNotFound):
        return Failure(
            RepositoryRefusedError(
                what, why="~/.aws has no such profile", remedy="correct profile in the config"
            )
        )
    if isinstance(error, aws.SSLError):
        return Failure(
            RepositoryUnreachableError(
                what,
                why=f"{endpoint} can't prove who it is (TLS failed)",
                remedy="set ca_file to the file with its certificate authority",
            )
        )
    silence = _silence(error)
    if silence is None:
        return None
    return Failure(
        RepositoryUnreachableError(
            what,
            why=f"{endpoint} {silence}",
            remedy="see whether the network and the server are up, then run it again",
        ),
        is_passing=True,
    )


_SILENCES: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((aws.ConnectTimeoutError,), "can't be reached (no answer to a connection attempt)"),
    (
        (aws.EndpointConnectionError, aws.ProxyConnectionError),
        "can't be reached (is the name right, is it up?)",
    ),
    ((aws.ReadTimeoutError, TimeoutError), "did not answer in time"),
    ((ResponseParserError,), "gave an answer that is not S3's"),
    ((aws.HTTPClientError, aws.IncompleteReadError, OSError), "broke the connection"),
)


def _silence(error: Exception) -> str | None:
    """How the connection failed, where it did."""
    for kinds, words in _SILENCES:
        if isinstance(error, kinds):
            return words
    return "broke the connection" if type(error).__module__.startswith("urllib3") else None


def not_s3(what: str, endpoint: str) -> RepositoryError:
    """The error where an answer lacks what every answer of S3 has, as one of a portal does."""
    return RepositoryUnreachableError(
        what,
        why=f"{endpoint} gave an answer that is not S3's",
        remedy="correct endpoint_url; see whether a proxy or a sign-in page is in between",
    )
