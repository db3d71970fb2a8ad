"""Whether the server can take a restore at all."""

from __future__ import annotations

from collections.abc import Iterator

from core.model.restore import Check, CheckState
from core.restore.preflight.planned import Planned


def server_checks(planned: Planned) -> Iterator[Check]:
    """The server's role in replication, its version, its free connections."""
    yield _primary(planned)
    yield _version(planned)
    yield _connections(planned)


def _primary(planned: Planned) -> Check:
    if planned.target.is_standby:
        return Check(
            "primary",
            CheckState.STOP,
            "the server is a standby, where nothing can be written",
            "restore on its primary, or on another server",
        )
    return Check("primary", CheckState.OK, "the server takes writes")


def _version(planned: Planned) -> Check:
    dumped = planned.manifest.server_version // 10_000
    there = planned.target.server_version // 10_000
    if there < dumped:
        return Check(
            "version",
            CheckState.STOP,
            f"the backup is of PostgreSQL {dumped}, the server is {there}: an older server does not"
            " understand all that a newer one writes",
            f"restore on PostgreSQL {dumped} or newer, or on a scratch server",
        )
    if there > dumped:
        return Check(
            "version", CheckState.OK, f"the backup is of PostgreSQL {dumped}, the server is {there}"
        )
    return Check("version", CheckState.OK, f"both are PostgreSQL {there}")


def _connections(planned: Planned) -> Check:
    wanted, free = planned.workers + 1, planned.target.free_slots
    if free < wanted:
        return Check(
            "connections",
            CheckState.STOP,
            f"{free} connections are free, {wanted} are wanted",
            "end sessions that are idle, or restore with fewer workers",
        )
    return Check("connections", CheckState.OK, f"{free} are free, {wanted} are wanted")
