"""What each table's rows look like: the part of its definition that its own hash covers."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from core.backup.dump.endpoint import Connection
from core.backup.fingerprint.normal import normal_expression
from core.backup.fingerprint.row_hash import StoredColumn

_COLUMNS = """
SELECT a.attrelid::pg_catalog.int8, a.attname, a.attgenerated::pg_catalog.text,
       pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
       CASE WHEN r.relispartition THEN '' ELSE a.attidentity::pg_catalog.text END,
       coalesce((SELECT n.nspname || '.' || c.collname FROM pg_catalog.pg_collation AS c
                   JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
                  WHERE c.oid = a.attcollation), ''),
       coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '')
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS r ON r.oid = a.attrelid
  LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = ANY (%s::pg_catalog.oid[]) AND a.attnum > 0 AND NOT a.attisdropped
"""

_PLACES = """
SELECT c.oid::pg_catalog.int8, c.relpersistence::pg_catalog.text,
       coalesce(pg_catalog.pg_get_expr(c.relpartbound, c.oid), ''),
       ARRAY (SELECT i.inhparent::pg_catalog.regclass::pg_catalog.text
                FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno)
  FROM pg_catalog.pg_class AS c
 WHERE c.oid = ANY (%s::pg_catalog.oid[])
"""

_VIRTUAL = "v"


@dataclass(frozen=True, slots=True)
class Definition:
    """The columns that are stored, by name, and the definition's hash."""

    stored_columns: tuple[StoredColumn, ...]
    digest: str


def definitions(connection: Connection, oids: Sequence[int]) -> dict[int, Definition]:
    """The definitions of tables by their oid.

    Columns stand in the order of their names: a restore may put inherited ones into another order.
    """
    columns: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for oid, name, *rest, default in connection.execute(_COLUMNS, [list(oids)]):
        columns[oid].append((name, *rest, normal_expression(default)))
    found = {}
    for oid, *place in connection.execute(_PLACES, [list(oids)]).fetchall():
        ordered = sorted(columns[oid])
        stored = tuple(
            StoredColumn(name, type_name)
            for name, generated, type_name, *_ in ordered
            if generated != _VIRTUAL
        )
        found[oid] = Definition(stored, digest_of((place, ordered)))
    return found


def digest_of(value: object) -> str:
    """A hash of a value made of lists and plain values: 128 bits in hexadecimal digits."""
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:32]
