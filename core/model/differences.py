"""How many things are not as they were backed up, in words."""

from __future__ import annotations

from collections.abc import Sequence


def differences_told(found: Sequence[str]) -> str:
    """Their number: ``1 difference``, ``2 differences``."""
    return f"{len(found) or 'no'} difference{'' if len(found) == 1 else 's'}"
