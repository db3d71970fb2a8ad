"""The password file that libpq would take, where it doesn't take it: others may read it.

Place and condition are those of libpq's documentation, "The Password File". libpq only warns, on
standard error, where nobody reads it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from core.postgres.target import Target


def ignored_password_file(
    target: Target, environment: Mapping[str, str] = os.environ
) -> Path | None:
    """The file, if it is there and its mode lets its group or others at it.

    ``None`` also where the password comes from elsewhere, so that libpq has no need of the file.
    """
    if target.has_password or environment.get("PGPASSWORD"):
        return None
    named = target.parameters.get("passfile") or environment.get("PGPASSFILE")
    try:
        path = Path(named) if named else Path("~/.pgpass").expanduser()
        mode = path.stat().st_mode
    except (OSError, RuntimeError):
        return None
    return path if stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO) else None
