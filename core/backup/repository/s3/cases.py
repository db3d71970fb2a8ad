"""What S3's codes and HTTP's statuses mean to a person, and whether to ask again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.backup.repository.problems import (
    ObjectChangedError,
    ObjectLockedError,
    ObjectMissingError,
    RepositoryFullError,
    RepositoryMissingError,
    RepositoryRefusedError,
    RepositoryUnreachableError,
)
from core.errors import RepositoryError


@dataclass(frozen=True, slots=True)
class Case:
    """What an answer means: the error's kind, why, what to do, and whether to ask again."""

    kind: type[RepositoryError]
    why: str
    remedy: str
    is_passing: bool = False


_KEY = "check access_key_id and where the secret access key comes from"
_EXPIRED = Case(
    RepositoryRefusedError,
    "the credentials have expired",
    "renew them; for long backups use a profile or a role, or have secret_access_key_command print"
    " whole keys: docs/backup-repositories.md",
)
_DENIED = Case(
    RepositoryRefusedError,
    "access denied: the key is known, but may not do this",
    "docs/backup-repositories.md lists the permissions that pgvigil needs",
)
_BUSY = Case(
    RepositoryUnreachableError,
    "the server is overloaded and asks to come back later",
    "run it again later, or set bandwidth_bytes_per_second",
    is_passing=True,
)
_FAILED = Case(
    RepositoryUnreachableError,
    "the server failed inside",
    "see the provider's status page, then run it again; earlier backups are untouched",
    is_passing=True,
)
OTHER_REGION = Case(
    RepositoryRefusedError,
    "the bucket is in another region",
    "set region to that of the bucket",
)
_SPOILT = Case(
    RepositoryUnreachableError,
    "what arrived is not what was sent (its checksum differs)",
    "run it again; if it happens often, look for a proxy or network card that changes bytes",
    is_passing=True,
)
_LOST_PART = Case(
    ObjectChangedError,
    "the server lost a part that it had accepted",
    "run it again; if it happens often, the server can't be trusted with backups",
)
NO_BUCKET = Case(
    RepositoryMissingError,
    "there is no such bucket",
    "create it, or correct bucket, endpoint_url and path_style",
)
CLOCKS_DIFFER = Case(
    RepositoryRefusedError,
    "the clocks of this host and of the server differ too much",
    "set this host's clock: timedatectl status, chronyc tracking",
)
_KMS = Case(
    RepositoryRefusedError,
    "the KMS key can't be used: it is disabled, to be deleted, or not for us",
    "have it enabled, and pgvigil's key allowed to decrypt with it",
)
_NO_OBJECT = Case(ObjectMissingError, "it is not there", "pgvigil backup list shows what there is")

_CASES: Mapping[str, Case] = {
    "InvalidAccessKeyId": Case(
        RepositoryRefusedError, "the server does not know this access key", _KEY
    ),
    "SignatureDoesNotMatch": Case(
        RepositoryRefusedError,
        "the secret access key is wrong (the signature does not match)",
        _KEY + "; and that region and path_style are the server's",
    ),
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "InvalidToken": Case(RepositoryRefusedError, "the session token is not valid", _KEY),
    "AccessDenied": _DENIED,
    "AllAccessDisabled": _DENIED,
    "AccountProblem": Case(
        RepositoryRefusedError,
        "the provider has a problem with the account",
        "see the provider's console: a bill may be open",
    ),
    "RequestTimeTooSkewed": CLOCKS_DIFFER,
    "NoSuchBucket": NO_BUCKET,
    "InvalidBucketName": Case(
        RepositoryMissingError, "no bucket can have this name", "correct bucket"
    ),
    "NoSuchKey": _NO_OBJECT,
    "NoSuchVersion": _NO_OBJECT,
    "NotFound": _NO_OBJECT,
    "InvalidPart": _LOST_PART,
    "InvalidPartOrder": _LOST_PART,
    "NoSuchUpload": Case(
        ObjectChangedError,
        "the server no longer knows the upload: it was aborted by a lifecycle rule or by somebody",
        "let the bucket's rule for unfinished uploads wait for longer than a backup takes",
    ),
    "EntityTooSmall": Case(
        RepositoryError,
        "the server wants larger parts",
        "set part_bytes to what the provider asks for",
    ),
    "EntityTooLarge": Case(
        RepositoryFullError,
        "the server takes no object or part of this size",
        "see the provider's limit (Supabase: Storage settings, upload file size limit)",
    ),
    "QuotaExceeded": Case(
        RepositoryFullError,
        "the quota of the bucket or the account is used up",
        "raise the quota, or shorten the retention and prune; earlier backups are untouched",
    ),
    "InvalidObjectState": Case(
        RepositoryRefusedError,
        "the object is in an archive class that has to be restored before it can be read",
        "restore it in the provider's console; keep lifecycle rules from archiving backups",
    ),
    "ObjectLocked": Case(ObjectLockedError, "a lock holds it", "wait until its retention is over"),
    "PermanentRedirect": OTHER_REGION,
    "AuthorizationHeaderMalformed": OTHER_REGION,
    "IllegalLocationConstraintException": OTHER_REGION,
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
    "KMS.DisabledException": Case(
        RepositoryRefusedError,
        "the KMS key is disabled",
        "enable it, or correct sse_kms_key_id",
    ),
    "KMS.NotFoundException": Case(
        RepositoryRefusedError, "there is no such KMS key", "correct sse_kms_key_id"
    ),
    "NotImplemented": Case(
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
    301: OTHER_REGION,
    401: _DENIED,
    403: _DENIED,
    408: _FAILED,
    429: _BUSY,
    503: _BUSY,
    507: _CASES["QuotaExceeded"],
}

KEY_CODES = frozenset(code for code, case in _CASES.items() if case is _EXPIRED) | {
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
}
"""What says of the key itself that it has expired or is not known; a new one may do."""
UNKNOWN_REQUEST_CODES = frozenset(
    {"NotImplemented", "MethodNotAllowed", "XNotImplemented", "501", "405"}
)


def case_of(code: str, status: int, operation: str) -> Case | None:
    """What an answer to boto3's ``operation`` means; ``None`` where nobody knows."""
    known = _CASES.get(_ALIASES.get(code, code))
    if known is None and code.startswith("KMS."):
        return _KMS
    return known or _by_status(status, operation)


def _by_status(status: int, operation: str) -> Case | None:
    if status == 404:
        return NO_BUCKET if operation == "HeadBucket" else _NO_OBJECT
    if status >= 500 and status not in {501, 505, 507}:
        return _BY_STATUS.get(status, _FAILED)
    return _BY_STATUS.get(status)
