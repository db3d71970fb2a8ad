"""The credentials that the settings refer to; they are fetched anew when they have expired."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from core.config.repository_settings import RepositorySettings
from core.config.secrets import PasswordSource
from core.errors import PgvigilError, RepositoryError


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key of S3; only its identifier is ever shown."""

    identifier: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


def fetch_access_key(name: str, settings: RepositorySettings) -> AccessKey | None:
    """The key that the settings of repository ``name`` refer to; ``None``: AWS's own chain.

    Raises:
        RepositoryError: a source is named, but gives no secret.
    """
    source = PasswordSource(
        settings.secret_access_key_env,
        settings.secret_access_key_file,
        settings.secret_access_key_command,
        what="secret access key",
        key="secret_access_key",
    )
    try:
        secret = source.fetch(settings.read_timeout_seconds)
    except PgvigilError as error:
        what = f"The repository {name} can't be opened: {error.what}"
        raise RepositoryError(what, why=error.why, remedy=error.remedy) from error
    if secret is None:
        return None
    return AccessKey(settings.access_key_id, secret, _token(name, settings.session_token_env))


def _token(name: str, variable: str) -> str:
    if not variable:
        return ""
    token = os.environ.get(variable, "")
    if not token:
        raise RepositoryError(
            f"The repository {name} can't be opened: the session token is missing",
            why=f"the environment variable {variable} is not set, or empty",
            remedy=f"set {variable} in the environment of the process that runs the backup",
        )
    return token
