"""Whether there is room: on this host for what is unpacked, on the server for the database."""

from __future__ import annotations

from collections.abc import Iterator

from core.model.restore import Check, CheckState, TargetKind
from core.restore.preflight.planned import Planned


def room_checks(planned: Planned) -> Iterator[Check]:
    """The staging folder's disk, and the server's where it can be seen."""
    yield _staging(planned)
    yield _server(planned)


def _staging(planned: Planned) -> Check:
    needed, free = planned.staged_bytes, planned.staging_free
    if needed > free:
        return Check(
            "room on this host",
            CheckState.STOP,
            f"{needed:,} bytes are unpacked here, and {free:,} are free",
            "make room, or name another staging folder: [backup] staging",
        )
    return Check("room on this host", CheckState.OK, f"{needed:,} of {free:,} free bytes")


def _server(planned: Planned) -> Check:
    there = planned.there
    size = there.bytes if there is not None else None
    compared = f"; database {planned.database} takes {size:,} now" if size is not None else ""
    if planned.target_free is None:
        return Check(
            "room on the server",
            CheckState.UNKNOWN,
            f"how much is free can't be asked of a server by SQL{compared}",
            "look at the server's host (df), or at its provider's console",
        )
    least = size if size is not None else max(planned.table_bytes, planned.staged_bytes)
    unpacked = ""
    if planned.shares_disk:
        least += planned.staged_bytes
        unpacked = ", with what is unpacked on the same disk"
    if least > planned.target_free:
        return Check(
            "room on the server",
            CheckState.STOP,
            f"{planned.target_free:,} bytes are free, at least {least:,} are needed{unpacked}"
            f"{compared}",
            "make room, or name a folder on a bigger disk: [drill] folder"
            if planned.kind is TargetKind.SCRATCH
            else "make room there, or restore on another server",
        )
    found = f"{planned.target_free:,} bytes are free{unpacked}"
    return Check("room on the server", CheckState.OK, found)
