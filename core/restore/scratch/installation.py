"""Which PostgreSQL a scratch server is started from: one on this host, else the one carried."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired

from core.config.settings import Settings
from core.errors import PreflightError, RestoreError
from core.model.backup import Manifest
from core.postgres.client_programs import (
    ClientPrograms,
    Place,
    embedded_place,
    examine,
    find_client_programs,
)
from core.postgres.embedded import Programs, ServerAccount, unpack

_NEEDED = ("initdb", "postgres", "pg_ctl")
_ANSWER_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Installation:
    """The programs of a server, and the client programs that restore into it."""

    server: Programs
    clients: ClientPrograms


def installation_for(
    manifest: Manifest,
    settings: Settings,
    *,
    folder: Path,
    state_folder: Path,
    account: ServerAccount,
) -> Installation:
    """The client programs' own server where it is installed beside them, else the one carried.

    Neither is older than the backup. What is carried is unpacked into ``folder``, where
    ``account`` can run it.

    Raises:
        RestoreError: there is none for a backup of this version.
    """
    wanted = max(manifest.program_version, manifest.server_version)
    try:
        clients = find_client_programs(
            wanted,
            configured=settings.dump.client_programs,
            embedded=lambda: embedded_place(state_folder / "programs"),
        )
    except PreflightError as error:
        raise _none(manifest, error.why) from error
    # The account need not be able to follow a link that leads there.
    beside = Programs(clients.bin.resolve(), clients.lib and clients.lib.resolve())
    if _runs(beside, folder, account):
        return Installation(beside, clients)
    carried = unpack(folder)
    found = next(examine([Place(carried.bin, "carried by pgvigil", carried.lib)]), None)
    if found is None or found.major < wanted // 10_000:
        raise _none(manifest, f"{clients} come without a server that {account.name} can run")
    return Installation(carried, found)


def _runs(programs: Programs, folder: Path, account: ServerAccount) -> bool:
    """Whether a server is installed there that ``account`` can run."""
    if not all(os.access(programs.bin / name, os.X_OK) for name in _NEEDED):
        return False
    try:
        done = account.run(
            [programs.bin / "postgres", "--version"],
            environment=programs.environment(),
            folder=folder,
            timeout=_ANSWER_SECONDS,
        )
    except (OSError, TimeoutExpired):
        return False
    return done.returncode == 0


def _none(manifest: Manifest, why: str) -> RestoreError:
    major = max(manifest.program_version, manifest.server_version) // 10_000
    return RestoreError(
        f"There is no PostgreSQL {major} here that a scratch server could be started from",
        why=why,
        remedy=f"install PostgreSQL {major} with its server (Debian, Ubuntu: postgresql-{major};"
        f" Red Hat: postgresql{major}-server); it need not run",
    )
