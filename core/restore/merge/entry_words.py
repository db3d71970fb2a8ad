"""Entries of an archive as a plan names them."""

from __future__ import annotations

from collections.abc import Sequence

from core.backup.dump.table_of_contents import TocEntry

_NAMES_TOLD = 8


def named(entry: TocEntry, codec: str) -> str:
    """Its schema and name; ``codec`` is that of the archive's encoding."""
    parts = (entry.namespace, entry.tag)
    return ".".join(each.decode(codec, "replace") for each in parts if each)


def listed(entries: Sequence[TocEntry], codec: str) -> str:
    """What they are and their names: the first of them, and how many more there are."""
    told = all_told(entries[:_NAMES_TOLD], codec)
    rest = len(entries) - _NAMES_TOLD
    return f"{told} and {rest} more" if rest > 0 else told


def all_told(entries: Sequence[TocEntry], codec: str) -> str:
    """What each of them is, and its name."""
    return ", ".join(
        f"{each.description.decode().lower()} {named(each, codec)}" for each in entries
    )
