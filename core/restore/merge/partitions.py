"""Partitions of the backup that are none in the live database, and who has their place there.

Bounds are compared by the server, as values of the key's own types; their texts are those of
``get_partbound`` in PostgreSQL's ``ruleutils.c``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd

import psycopg

from core.backup.dump.endpoint import Connection, Endpoint
from core.backup.dump.table_of_contents import TableOfContents, TocEntry
from core.model.restore import ChosenTable
from core.restore.archive.choice import choose
from core.restore.archive.ownership import TABLE_ATTACH
from core.restore.merge.existing import Name

_MOST_COMPARED = 50
_NAME = r'(?:"(?:[^"]|"")*"|[^\s."]+)'
_ATTACH = re.compile(rf"ATTACH PARTITION {_NAME}\.{_NAME}\s+(.*?);?\s*\Z", re.DOTALL)
_VALUE = r"[eE]?'(?:[^']|'')*'|[-+.\w]+"
_LIST = re.compile(rf"\((?:{_VALUE})(?:, (?:{_VALUE}))*\)")
_HASH = re.compile(r"modulus (\d+), remainder (\d+)", re.IGNORECASE)
_ENDS = ("MINVALUE", "MAXVALUE")

_PARENT = """
SELECT p.partstrat::text, 0 = ANY (p.partattrs::int2[])
         OR EXISTS (SELECT FROM pg_catalog.unnest(p.partclass::oid[]) AS k (id)
                      JOIN pg_catalog.pg_opclass AS o ON o.oid = k.id WHERE NOT o.opcdefault),
       ARRAY (SELECT pg_catalog.format_type(a.atttypid, a.atttypmod)
                FROM pg_catalog.unnest(p.partattrs::int2[]) WITH ORDINALITY AS k (num, place)
                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.num
               ORDER BY k.place),
       ARRAY (SELECT coalesce(pg_catalog.quote_ident(s.nspname) || '.'
                              || pg_catalog.quote_ident(l.collname), '')
                FROM pg_catalog.unnest(p.partcollation::oid[]) WITH ORDINALITY AS k (id, place)
                LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = k.id
                LEFT JOIN pg_catalog.pg_namespace AS s ON s.oid = l.collnamespace
               ORDER BY k.place)
  FROM pg_catalog.pg_partitioned_table AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.partrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %s AND c.relname = %s
"""
# Asked with the table's own number, the server would lock it.
_PARTITIONS = """
SELECT m.nspname::text, d.relname::text, pg_catalog.pg_get_expr(d.relpartbound, 0)
  FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS d ON d.oid = i.inhrelid
  JOIN pg_catalog.pg_namespace AS m ON m.oid = d.relnamespace
  JOIN pg_catalog.pg_class AS c ON c.oid = i.inhparent
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %s AND c.relname = %s AND d.relispartition
 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class PartitionGone:
    """A partition of the backup that is no partition of its ``parent``, which is there.

    ``overlapping`` have values of its own by now, ``None`` where that can't be told; ``default`` is
    the parent's default partition, which takes what no other one does, where it has one.
    """

    name: Name
    parent: Name
    bound: str
    overlapping: tuple[Name, ...] | None
    default: Name | None


@dataclass(frozen=True, slots=True)
class Key:
    """A partitioned table's key: of plain columns, compared in their types' usual way, or not.

    ``collations`` are as SQL writes them, empty where a type has none.
    """

    strategy: str
    is_plain: bool
    types: tuple[str, ...]
    collations: tuple[str, ...]

    def typed(self, value: str, place: int) -> str:
        """A value of the key, in SQL."""
        collation = self.collations[place]
        return f"({value})::{self.types[place]}" + (f" COLLATE {collation}" if collation else "")


def partitions_gone(
    endpoint: Endpoint, contents: TableOfContents, wanted: Sequence[ChosenTable], codec: str
) -> tuple[PartitionGone, ...]:
    """Those of the wanted tables, and of the wanted tables' own partitions.

    Raises:
        ConnectError: the database can't be reached.
        BackupError: the server refused, or the backup lacks a wanted table.
    """
    attached = _attached(contents, wanted, codec)
    if not attached:
        return ()
    with endpoint.explaining(), endpoint.connect() as connection:
        found = []
        for parent, entries in _by_parent(contents, attached, codec).items():
            key = _key(connection, parent)
            if key is None:
                continue
            there = {
                (schema, name): bound
                for schema, name, bound in connection.execute(_PARTITIONS.encode(), list(parent))
            }
            default = next((name for name, bound in there.items() if bound == "DEFAULT"), None)
            gone = [each for each in entries if each[0] not in there]
            for number, (name, bound) in enumerate(gone):
                others = overlapping(connection, key, bound, there)
                known = others if number < _MOST_COMPARED else None
                found.append(PartitionGone(name, parent, bound, known, default))
    return tuple(found)


def _attached(
    contents: TableOfContents, wanted: Sequence[ChosenTable], codec: str
) -> tuple[TocEntry, ...]:
    restored = choose(contents, wanted, codec=codec).restored
    return tuple(each for each in restored if each.description == TABLE_ATTACH)


def _by_parent(
    contents: TableOfContents, attached: Iterable[TocEntry], codec: str
) -> dict[Name, list[tuple[Name, str]]]:
    by_id = {each.dump_id: each for each in contents.entries}
    found: dict[Name, list[tuple[Name, str]]] = {}
    for each in attached:
        own = _name(each, codec)
        bound = _ATTACH.search((each.definition or b"").decode(codec, "replace"))
        for parent in {_name(by_id[e], codec) for e in each.dependencies if e in by_id} - {own}:
            found.setdefault(parent, []).append((own, bound[1] if bound else ""))
    return found


def _name(entry: TocEntry, codec: str) -> Name:
    schema, name = entry.namespace or b"", entry.tag or b""
    return schema.decode(codec, "replace"), name.decode(codec, "replace")


def _key(connection: Connection, parent: Name) -> Key | None:
    row = connection.execute(_PARENT.encode(), list(parent)).fetchone()
    return None if row is None else Key(row[0], not row[1], tuple(row[2]), tuple(row[3]))


def overlapping(
    connection: Connection, key: Key, bound: str, there: dict[Name, str]
) -> tuple[Name, ...] | None:
    """Those of ``there`` whose bound has values in common with ``bound``; ``None``: can't be told.

    Raises:
        psycopg.Error: the connection was lost.
    """
    if bound == "DEFAULT":
        return tuple(name for name, other in there.items() if other == bound)
    others = {name: other for name, other in there.items() if other != "DEFAULT"}
    conditions = [_common(key, bound, other) for other in others.values()]
    if None in conditions:
        return None
    if not conditions:
        return ()
    asked = f"SELECT ARRAY[{', '.join(filter(None, conditions))}]::bool[]"
    try:
        ((found,),) = connection.execute(asked.encode()).fetchall()
    except psycopg.Error:
        if connection.closed:
            raise
        return None  # no such type, operator or value here any more
    return tuple(name for name, is_so in zip(others, found, strict=True) if is_so)


def _common(key: Key, one: str, other: str) -> str | None:
    """Whether both bounds have a value in common, in SQL; ``None`` where that can't be asked."""
    if key.strategy == "h":
        first, second = _HASH.search(one), _HASH.search(other)
        if first is None or second is None:
            return None
        (modulus, rest), (other_modulus, other_rest) = (
            tuple(map(int, each.groups())) for each in (first, second)
        )
        shared = gcd(modulus, other_modulus)
        return "true" if rest % shared == other_rest % shared else "false"
    lists, other_lists = _lists(one), _lists(other)
    if not key.is_plain or len(lists) != len(other_lists) or not lists:
        return None
    if key.strategy == "l" and len(lists) == 1:
        equal = [
            f"{key.typed(a, 0)} IS NOT DISTINCT FROM {key.typed(b, 0)}"
            for a in lists[0]
            for b in other_lists[0]
        ]
        return f"({' OR '.join(equal)})"
    if key.strategy == "r" and len(lists) == len(other_lists) == len(_ENDS):
        return (
            f"({_less(key, lists[0], other_lists[1])} AND {_less(key, other_lists[0], lists[1])})"
        )
    return None


def _less(key: Key, one: Sequence[str], other: Sequence[str], place: int = 0) -> str:
    """Whether a range's end comes before another, in SQL."""
    if place == len(one) or place == len(other):
        return "false"
    a, b = one[place], other[place]
    if a in _ENDS or b in _ENDS:
        is_less = a != b and (a == _ENDS[0] or b == _ENDS[1])
        return "true" if is_less else "false"
    first, second = key.typed(a, place), key.typed(b, place)
    rest = _less(key, one, other, place + 1)
    return f"({first} < {second} OR ({first} = {second} AND {rest}))"


def _lists(bound: str) -> list[list[str]]:
    """The values in each pair of parentheses."""
    return [re.findall(_VALUE, each) for each in _LIST.findall(bound)]
