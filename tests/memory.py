"""The files of tests are kept in memory, where there is room for them.

Stores, repositories and servers bring all that they write to the disk, thousands of times, which
takes a disk milliseconds each time. What a loss of power leaves is tested with a disk of our own
(``faults/power.py``), not by these.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import psutil

_IN_MEMORY = Path("/dev/shm")
_VARIABLE = "PYTEST_DEBUG_TEMPROOT"
_ROOM, _MEMORY = 4 << 30, 6 << 30


def keep_files_in_memory() -> None:
    """Have pytest make its temporary folders in memory, unless somebody said where."""
    if _VARIABLE not in os.environ and "TMPDIR" not in os.environ and _will_do(_IN_MEMORY):
        os.environ[_VARIABLE] = str(_IN_MEMORY)


def temporary_files() -> Path:
    """Where pytest makes them."""
    return Path(os.environ.get(_VARIABLE) or tempfile.gettempdir())


def _will_do(place: Path) -> bool:
    if not os.access(place, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(place)
    room = found.f_bavail * found.f_frsize
    # Some tests run programs that they wrote.
    runs_programs = not found.f_flag & os.ST_NOEXEC
    return runs_programs and room > _ROOM and psutil.virtual_memory().available > _MEMORY
