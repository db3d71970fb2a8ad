"""Hashes of a schema's definition, and of owners and grants, as the server tells them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.backup.dump.endpoint import Connection
from core.backup.dump.patterns import schema_regex
from core.backup.dump.tables import DumpedTable
from core.backup.fingerprint.catalog_sql import (
    EXPRESSIONS,
    PRIVILEGES,
    TEXTS,
    WHOLE_DATABASE,
    filled,
)
from core.backup.fingerprint.definitions import digest_of
from core.backup.fingerprint.normal import normal_expression
from core.model.backup import Selection

Line = tuple[str, str, str]

_SCHEMAS = """
SELECT n.oid::pg_catalog.int8, n.nspname
  FROM pg_catalog.pg_namespace AS n
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (%(chosen)s::pg_catalog.text[] = '{}' OR n.nspname ~ ANY (%(chosen)s))
   AND NOT n.nspname ~ ANY (%(excluded)s::pg_catalog.text[])
"""


def covered_schemas(connection: Connection, selection: Selection) -> dict[int, str]:
    """The schemas that ``selection`` covers, by oid; where tables are chosen, all of them."""
    by_schema = not selection.tables
    rows = connection.execute(
        _SCHEMAS,
        {
            "chosen": [schema_regex(each) for each in selection.schemas if by_schema],
            "excluded": [schema_regex(each) for each in selection.excluded_schemas if by_schema],
        },
    )
    return {int(oid): str(name) for oid, name in rows.fetchall()}


def schema_lines(
    connection: Connection, selection: Selection, tables: Sequence[DumpedTable]
) -> list[Line]:
    """Every object that ``selection`` covers: kind, name, definition; in a fixed order."""
    whole = not (selection.schemas or selection.tables)
    texts = (*TEXTS, *WHOLE_DATABASE) if whole else TEXTS
    told = _lines(connection, EXPRESSIONS, selection, tables)
    expressions = [(kind, name, normal_expression(text)) for kind, name, text in told]
    return sorted(expressions + _lines(connection, texts, selection, tables))


def hash_schema(connection: Connection, selection: Selection, tables: Sequence[DumpedTable]) -> str:
    """The hash of all definitions."""
    return digest_of(schema_lines(connection, selection, tables))


def hash_privileges(
    connection: Connection, selection: Selection, tables: Sequence[DumpedTable]
) -> str:
    """The hash of all owners and grants."""
    return digest_of(sorted(_lines(connection, PRIVILEGES, selection, tables)))


def _lines(
    connection: Connection,
    questions: Iterable[str],
    selection: Selection,
    tables: Sequence[DumpedTable],
) -> list[Line]:
    parameters = {
        "schemas": list(covered_schemas(connection, selection)),
        "relations": [each.oid for each in tables] if selection.tables else [],
    }
    lines = []
    for question in questions:
        rows = connection.execute(filled(question).encode(), parameters).fetchall()
        lines += [(kind, name or "", text or "") for kind, name, text in rows]
    return lines
