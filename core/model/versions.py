"""The major versions of PostgreSQL that this pgvigil was made for and is tested with."""

from __future__ import annotations

OLDEST = 13
NEWEST = 18


def is_too_old(version_num: int) -> bool:
    """Whether a server of ``version_num`` (180001 for 18.1) lacks what pgvigil asks for."""
    return version_num // 10_000 < OLDEST


def is_newer(version_num: int) -> bool:
    """Whether a server of ``version_num`` is of a major version that pgvigil does not know yet."""
    return version_num // 10_000 > NEWEST
