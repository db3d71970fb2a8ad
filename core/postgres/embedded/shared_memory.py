"""The System V segment by which a postmaster interlocks its data folder; SIGKILL leaves it behind.

It holds 56 bytes (PGShmemHeader), and goes with an orderly end. Where the kernel lists no segments
in /proc (sysvipc(7)), nothing is looked for.
"""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LISTED = Path("/proc/sysvipc/shm")
_SHMEM_LINE = 6
"""Of postmaster.pid, counted from 0: the segment's key and id (LOCK_FILE_LINE_SHMEM_KEY)."""
_DETACH_SECONDS = 3.0
_POLL_SECONDS = 0.05
_COMMAND_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Segment:
    """What identifies one; ``creator`` is the postmaster, for ids and keys are used again."""

    key: int
    number: int
    creator: int


def remove_segment(data: Path) -> None:
    """Remove the segment of the dead postmaster that left its postmaster.pid in ``data``.

    The processes of a postmaster that was killed end a moment later: they are waited for. What is
    still attached then, or is another's, stays.
    """
    segment = _noted(data)
    give_up = time.monotonic() + _DETACH_SECONDS
    while segment is not None and (attached := _attached(segment)) is not None:
        if attached == 0:
            _remove(segment, data.stat().st_uid)
            return
        if time.monotonic() > give_up:
            return
        time.sleep(_POLL_SECONDS)


def remove_segments(folder: Path) -> None:
    """``remove_segment`` for each server in a folder of its own below ``folder``."""
    for noted in folder.glob("*/data/postmaster.pid"):
        remove_segment(noted.parent)


def _noted(data: Path) -> _Segment | None:
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        key, number = lines[_SHMEM_LINE].split()
        return _Segment(int(key), int(number), int(lines[0]))
    except (OSError, ValueError, IndexError):
        return None


def _attached(segment: _Segment) -> int | None:
    """How many processes are attached to it; ``None`` where there is no such segment."""
    try:
        head, *rows = _LISTED.read_text().splitlines()
    except (OSError, ValueError):
        return None
    names = head.split()
    for row in rows:
        values = dict(zip(names, map(int, row.split()), strict=False))
        # Listed as signed, noted as unsigned.
        key = values["key"] & 0xFFFFFFFF
        if _Segment(key, values["shmid"], values["cpid"]) == segment:
            return values["nattch"]
    return None


def _remove(segment: _Segment, owner: int) -> None:
    """As its owner: root in a container may lack the right to remove what is another's."""
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            ["ipcrm", "-m", str(segment.number)],
            user=owner if os.geteuid() == 0 else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
