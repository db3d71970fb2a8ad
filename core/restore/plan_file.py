"""A plan as a file that is saved, read by a person, and run later."""

from __future__ import annotations

from typing import Any

import msgspec

from core.errors import NewerFormatError, RestoreError
from core.model.restore import RestorePlan

_FORMAT = "pgvigil restore plan"
_VERSION = 1


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    version: int
    plan: RestorePlan


class _Head(msgspec.Struct):
    format: str = ""
    version: int = 0


def write_plan(plan: RestorePlan) -> bytes:
    """The file's content: JSON, indented for people."""
    content = msgspec.json.encode(_Document(_FORMAT, _VERSION, plan))
    return msgspec.json.format(content, indent=2) + b"\n"


def read_plan(content: bytes) -> RestorePlan:
    """The plan that a file holds.

    Raises:
        NewerFormatError: a newer pgvigil wrote it.
        RestoreError: it is no plan, or not a whole one.
    """
    head = _decoded(content, _Head)
    if head.format != _FORMAT:
        raise RestoreError(
            "That is no plan of a restore",
            why=f"its format is {head.format!r}" if head.format else "it says no format",
            remedy="give a file that `pgvigil restore plan` has written",
        )
    if head.version > _VERSION:
        raise NewerFormatError(
            f"The plan is of version {head.version}, and this pgvigil knows {_VERSION}",
            why="a newer pgvigil wrote it",
            remedy="use that one, or make the plan anew",
        )
    plan: RestorePlan = _decoded(content, _Document).plan
    return plan


def _decoded(content: bytes, what: Any) -> Any:
    try:
        return msgspec.json.decode(content, type=what)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RestoreError(
            "The plan of a restore can't be read",
            why=str(error),
            remedy="make the plan anew: pgvigil restore plan",
        ) from error
