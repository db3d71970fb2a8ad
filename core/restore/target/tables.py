"""Which tables a live database has, for telling those that are gone, or would be."""

from __future__ import annotations

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.tables import dumped_tables
from core.errors import PgvigilError
from core.model.backup import Selection, TableName

_TABLES = """
SELECT n.nspname, c.relname
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""


def live_tables(endpoint: Endpoint) -> frozenset[TableName]:
    """The tables of the endpoint's database.

    Raises:
        ConnectError: it can't be reached, or is not there.
        BackupError: the server refused to tell.
    """
    with endpoint.connect() as connection, endpoint.explaining():
        rows = connection.execute(_TABLES).fetchall()
    return frozenset(TableName(schema, name) for schema, name in rows)


def tables_left_out(endpoint: Endpoint, selection: Selection) -> frozenset[TableName] | None:
    """The tables of the endpoint's database whose rows a dump of ``selection`` does not hold.

    ``None`` where they can't be seen, as nobody can connect to it.
    """
    if not selection.words:
        return frozenset()
    try:
        with endpoint.connect() as connection, endpoint.explaining():
            every, held = (dumped_tables(connection, each) for each in (Selection(), selection))
    except PgvigilError:
        return None
    return frozenset({each.table for each in every} - {each.table for each in held})
