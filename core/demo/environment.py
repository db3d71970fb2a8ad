"""The environment for the demonstration's processes."""

from __future__ import annotations

import os


def without_libpq() -> dict[str, str]:
    """Ours without libpq's variables: what they say of a server is meant for another one."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
