"""Sequences of columns, after rows came back: they give no number that is in one of these."""

from __future__ import annotations

import psycopg
from psycopg import sql

from core.backup.dump.endpoint import Connection
from core.restore.merge.rows_diff import StagedRows

# A column of texts may own a sequence, too: which of its numbers is in a text is not known.
_SEQUENCES = """
SELECT a.attname, pg_catalog.pg_get_serial_sequence(%(table)s, a.attname), s.seqmax
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_sequence AS s
    ON s.seqrelid = pg_catalog.pg_get_serial_sequence(%(table)s, a.attname)::pg_catalog.regclass
 WHERE a.attrelid = %(table)s::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped
   AND s.seqincrement > 0
   AND pg_catalog.format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL)
       IN ('smallint', 'integer', 'bigint')
"""


def catch_up(connection: Connection, staged: StagedRows) -> None:
    """Have the sequences of a table's columns go on behind the numbers in its rows.

    A number that the sequence never comes to is left out of account. Where the role may not, the
    next insert says so, and is tried again with the next number.
    """
    table = sql.Identifier(staged.schema, staged.name)
    try:
        with connection.transaction():
            found = connection.execute(_SEQUENCES, {"table": table.as_string()}).fetchall()
            for column, sequence, highest in found:
                connection.execute(
                    sql.SQL(
                        "SELECT pg_catalog.setval({name}, m.value) FROM {sequence} AS s, (SELECT"
                        " pg_catalog.max({column}) AS value FROM {table}"
                        " WHERE {column} <= {highest}) AS m"
                        " WHERE m.value > s.last_value"
                        " OR (m.value = s.last_value AND NOT s.is_called)"
                    ).format(
                        name=sql.Literal(sequence),
                        column=sql.Identifier(column),
                        table=table,
                        sequence=sql.SQL(sequence),
                        highest=sql.Literal(highest),
                    )
                )
    except psycopg.errors.InsufficientPrivilege:
        return
