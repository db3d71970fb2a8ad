"""The name that somebody meant who mistyped it."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


def did_you_mean(typed: str, known: Sequence[str]) -> str:
    """A question to begin a remedy with, its space at the end; empty where no name is near."""
    near = get_close_matches(typed, known, n=1)
    return f"did you mean {near[0]}? " if near else ""
