"""What a database's content is, told so shortly that two of them can be compared."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableFingerprint:
    """One table or partition.

    ``definition`` is a hash of its columns and what else decides how its rows are written; empty
    for an extension's own table, which is dumped each time.
    ``content`` is a hash of its rows in whatever order, keyed by the fingerprint's seeds; empty
    where the budget did not suffice.
    """

    schema: str
    name: str
    rows: int | None
    content: str
    definition: str


@dataclass(frozen=True, slots=True)
class SequenceValue:
    """Where a sequence stands."""

    schema: str
    name: str
    last_value: int | None
    is_called: bool


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A database as one snapshot saw it.

    ``seeds`` key the content hashes, ``recipe`` is the number of the way in which they are made:
    only contents hashed with equal seeds by the same recipe can be compared. ``schema`` is a hash
    of the schema's definition as the server tells it, ``privileges`` one of owners and grants,
    ``large_objects`` one of their content. Extensions are name and version.
    """

    seeds: tuple[int, int]
    tables: tuple[TableFingerprint, ...]
    sequences: tuple[SequenceValue, ...]
    schema: str
    large_objects: str
    extensions: tuple[tuple[str, str], ...]
    roles: tuple[str, ...]
    encoding: str
    collation: str
    locale_provider: str
    privileges: str = ""
    recipe: int = 1
