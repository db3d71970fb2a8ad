"""By which settings a server is watched, as a digest that two processes compare."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

import msgspec

from core.api.address import address_of
from core.config.settings import ServerSettings, Settings

_LENGTH = 16
_WHERE_AND_WITH_WHAT = frozenset({"url", "password_env", "password_file", "password_command"})


def digest_of(
    settings: Settings, server: ServerSettings, environment: Mapping[str, str] | None = None
) -> str:
    """The digest of what decides how a watcher treats ``server``.

    How it connects to it, asks and judges it, and what it starts by itself.
    No secret goes into it, so none can be guessed from it: of a password, only the names of the
    variable or file that holds it, and whether a program gives it. The store's place is left out:
    whoever compares digests has met in the store.
    """
    store: dict[str, Any] = msgspec.to_builtins(settings.store)
    said = {
        "connection": astuple(address_of(server, environment)),
        "password": (server.password_env, server.password_file, bool(server.password_command)),
        "storage_quota_bytes": server.storage_quota_bytes,
        "collect": settings.collect,
        "thresholds": settings.thresholds,
        "engine": settings.engine,
        "schedules": (settings.schedules, settings.scheduler, settings.jobs, settings.backup),
        "backups": (settings.encryption, sorted(settings.repositories)),
        "store": {key: store[key] for key in store.keys() - _WHERE_AND_WITH_WHAT},
    }
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()[:_LENGTH]
