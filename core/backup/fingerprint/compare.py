"""The differences of two fingerprints, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from core.model.fingerprint import Fingerprint, SequenceValue, TableFingerprint

V = TypeVar("V")

SCHEMA = "the definition of the schema"
"""What is called different where any object is defined otherwise."""
PRIVILEGES = "owners or grants"
"""What is called different where anything belongs to another, or another may use it."""


def compare(expected: Fingerprint, found: Fingerprint) -> tuple[str, ...]:
    """What is different in ``found``; nothing where they are equal.

    Hashes of content are compared where both have them, made by the same recipe with equal seeds.
    """
    return tuple(_differences(expected, found))


def _differences(expected: Fingerprint, found: Fingerprint) -> Iterator[str]:
    comparable = _are_comparable(expected, found)
    if not comparable:
        yield "the contents were hashed otherwise and can't be compared"
    yield from _tables(expected, found)
    yield from _pairs(
        {f"{each.schema}.{each.name}": each for each in expected.sequences},
        {f"{each.schema}.{each.name}": each for each in found.sequences},
        "sequence",
        _sequence,
    )
    yield from _pairs(dict(expected.extensions), dict(found.extensions), "extension", _version)
    yield from _missing_roles(expected.roles, found.roles)
    for name, before, after in (
        (SCHEMA, expected.schema, found.schema),
        (PRIVILEGES, expected.privileges, found.privileges),
        (
            "the large objects",
            expected.large_objects if comparable else "",
            found.large_objects if comparable else "",
        ),
    ):
        if before != after:
            yield f"{name}: not the same"
    for name, before, after in (
        ("encoding", expected.encoding, found.encoding),
        ("collation", expected.collation, found.collation),
        ("locale provider", expected.locale_provider, found.locale_provider),
    ):
        if before != after:
            yield f"{name}: {after} instead of {before}"


def _are_comparable(expected: Fingerprint, found: Fingerprint) -> bool:
    """Whether equal contents have equal hashes."""
    return (expected.seeds, expected.recipe) == (found.seeds, found.recipe)


def _tables(expected: Fingerprint, found: Fingerprint) -> Iterator[str]:
    comparable = _are_comparable(expected, found)

    def difference(before: TableFingerprint, after: TableFingerprint) -> str:
        if before.definition != after.definition:
            return "another definition"
        if None not in (before.rows, after.rows) and before.rows != after.rows:
            return f"{after.rows} rows instead of {before.rows}"
        hashed = comparable and before.content and after.content
        return "other content" if hashed and before.content != after.content else ""

    yield from _pairs(
        {f"{each.schema}.{each.name}": each for each in expected.tables},
        {f"{each.schema}.{each.name}": each for each in found.tables},
        "table",
        difference,
    )


def _sequence(before: SequenceValue, after: SequenceValue) -> str:
    if (before.last_value, before.is_called) == (after.last_value, after.is_called):
        return ""
    return f"at {_position(after)} instead of {_position(before)}"


def _position(value: SequenceValue) -> str:
    return f"{value.last_value}" if value.is_called else f"{value.last_value} (not yet used)"


def _version(before: str, after: str) -> str:
    return "" if before == after else f"version {after} instead of {before}"


def _missing_roles(before: Iterable[str], after: Iterable[str]) -> Iterator[str]:
    """Roles beyond those of the backup are the other server's own."""
    for name in sorted(set(before) - set(after)):
        yield f"role {name}: missing"


def _pairs(
    before: Mapping[str, V], after: Mapping[str, V], what: str, difference: Callable[[V, V], str]
) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield f"{what} {name}: missing"
        elif name not in before:
            yield f"{what} {name}: was not there"
        elif words := difference(before[name], after[name]):
            yield f"{what} {name}: {words}"
