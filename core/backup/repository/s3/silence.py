"""What the lack of an answer of S3 means: no credentials, no connection, or somebody else's."""

from __future__ import annotations

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from core.backup.repository.problems import RepositoryRefusedError, RepositoryUnreachableError
from core.backup.repository.retry import Failure
from core.errors import RepositoryError

_NO_CREDENTIALS = (
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.CredentialRetrievalError,
    aws.TokenRetrievalError,
    aws.SSOError,
)


def unanswered(what: str, endpoint: str, error: Exception) -> Failure | None:
    """What ``error`` means where S3 gave no answer; ``None`` where it is not of the network."""
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
