"""The credentials that the settings refer to; they are fetched anew when they have expired."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

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

    The source gives the secret alone, or a whole key that passes: JSON as AWS documents it of a
    ``credential_process``, with ``AccessKeyId``, ``SecretAccessKey`` and ``SessionToken``.

    Raises:
        RepositoryError: a source is named, but gives no key.
    """
    source = PasswordSource(
        settings.secret_access_key_env,
        settings.secret_access_key_file,
        settings.secret_access_key_command,
        what="secret access key",
        key="secret_access_key",
    )
    what = f"The repository {name} can't be opened"
    try:
        given = source.fetch_text(settings.read_timeout_seconds)
    except PgvigilError as error:
        raise RepositoryError(
            f"{what}: {error.what}", why=error.why, remedy=error.remedy
        ) from error
    if given is None:
        return None
    if (whole := _as_json(given)) is not None:
        return _whole_key(what, whole)
    if not settings.access_key_id:
        raise RepositoryError(
            f"{what}: the access key's identifier is missing",
            why="there is no access_key_id, and where the secret comes from gives it alone",
            remedy="set access_key_id, or have the program print a whole key as JSON;"
            " see docs/backup-repositories.md",
        )
    secret = given if settings.secret_access_key_env else given.splitlines()[0]
    return AccessKey(settings.access_key_id, secret, _token(what, settings.session_token_env))


def _as_json(given: str) -> dict[str, Any] | None:
    """What was given as an object of JSON, where it is one: no secret access key looks so."""
    if not given.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(given)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _whole_key(what: str, given: dict[str, Any]) -> AccessKey:
    parts = [given.get(name) for name in ("AccessKeyId", "SecretAccessKey")]
    token = given.get("SessionToken") or ""
    if not all(isinstance(part, str) and part for part in parts) or not isinstance(token, str):
        raise RepositoryError(
            f"{what}: what should give a key gives JSON without one",
            why="AccessKeyId and SecretAccessKey have to be in it, as texts",
            remedy="run by hand what secret_access_key_command names, or look into the file",
        )
    return AccessKey(str(parts[0]), str(parts[1]), token)


def _token(what: str, variable: str) -> str:
    if not variable:
        return ""
    token = os.environ.get(variable, "")
    if not token:
        raise RepositoryError(
            f"{what}: the session token is missing",
            why=f"the environment variable {variable} is not set, or empty",
            remedy=f"set {variable} in the environment of the process that runs the backup",
        )
    return token
