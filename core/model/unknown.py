"""What stands where a number can't be had: unknown is not zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that could not be had: why, and a statement or setting that mends it."""

    reason: str
    remedy: str = ""


def known(value: T | Unknown, otherwise: T) -> T:
    """``value`` where it is known, else ``otherwise``."""
    return otherwise if isinstance(value, Unknown) else value
