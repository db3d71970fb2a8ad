"""By which settings a server is watched, as a digest that two processes compare."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

import msgspec

from core.api.address import address_of
from core.config.settings import ServerSettings, Settings

_LENGTH = 16
_USER_IN_ADDRESS = re.compile(r"//[^/]*@")
_WHAT_JOBS_GO_BY = (
    *("schedules", "scheduler", "jobs", "backup", "repositories", "encryption", "keys"),
    *("dump", "retention", "verify", "restore", "drill"),
)
"""The watcher hands them to the jobs that it starts, and clears by them what restores have left:
what it was given decides what is done."""
_WHERE_AND_WITH_WHAT = frozenset({"url", "password_env", "password_file", "password_command"})


def digest_of(
    settings: Settings, server: ServerSettings, environment: Mapping[str, str] | None = None
) -> str:
    """The digest of what decides how a watcher treats ``server``.

    How it connects to it, asks and judges it, and what it starts by itself.
    No secret goes into it, so none can be guessed from it: of a password, only the names of the
    variable or file that holds it; of a program that prints one, and of any that runs before or
    after a job, which it is and no argument. The store's place is left out: whoever compares
    digests has met in the store.
    """
    store: dict[str, Any] = msgspec.to_builtins(settings.store)
    said = {
        "connection": astuple(address_of(server, environment)),
        "password": (server.password_env, server.password_file, bool(server.password_command)),
        "restores": (
            *(server.restore_user, server.restore_password_env, server.restore_password_file),
            bool(server.restore_password_command),
        ),
        "storage_quota_bytes": server.storage_quota_bytes,
        "collect": settings.collect,
        "thresholds": settings.thresholds,
        "engine": settings.engine,
        "store": {key: store[key] for key in store.keys() - _WHERE_AND_WITH_WHAT},
        **{name: _without_secrets(getattr(settings, name)) for name in _WHAT_JOBS_GO_BY},
    }
    plain = _same_numbers(msgspec.to_builtins(said))
    return hashlib.sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()[:_LENGTH]


def _same_numbers(value: object) -> object:
    """A file's 180 and a default's 180.0 are one number."""
    if isinstance(value, Mapping):
        return {name: _same_numbers(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_same_numbers(inner) for inner in value]
    is_whole = isinstance(value, float) and value.is_integer()
    return int(value) if is_whole and isinstance(value, float) else value


def _without_secrets(settings: object) -> object:
    """Settings in plain values: of each program only which it is, of each address no user."""
    return _bare("", msgspec.to_builtins(settings))


def _bare(key: str, value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _bare(str(name), inner) for name, inner in value.items()}
    if key == "command" or key.endswith("_command"):
        return list(value)[:1] if isinstance(value, Sequence) else value
    if isinstance(value, str):
        return _USER_IN_ADDRESS.sub("//", value) if key.endswith("_url") else value
    if isinstance(value, Sequence):
        return [_bare(key, inner) for inner in value]
    return value
