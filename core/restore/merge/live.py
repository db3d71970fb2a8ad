"""What is in the live database that a merge goes into, as it was found before anything is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.backup.dump.endpoint import Endpoint
from core.restore.merge.existing import Name, TableThere, read_tables
from core.restore.target.state import Connection

_RELATIONS = """
SELECT n.nspname, c.relname, c.relkind::pg_catalog.text
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""

_TYPES = """
SELECT n.nspname, t.typname
  FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""

# As format_function_signature of pg_dump.c writes it, which is an entry's tag.
_ROUTINES = """
SELECT n.nspname,
       p.proname || '(' || pg_catalog.array_to_string(ARRAY (
         SELECT pg_catalog.format_type(a.type, NULL)
           FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS a (type, place)
          ORDER BY a.place), ', ') || ')'
  FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""

_COLLATIONS = """
SELECT n.nspname, c.collname
  FROM pg_catalog.pg_collation AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""

# As an entry's tag: the table's name, a space, and the constraint's.
_CONSTRAINTS = """
SELECT n.nspname, c.relname || ' ' || k.conname
  FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""

_MAY_CREATE = (
    "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'), ''"
)
_TEXTS = "SELECT pg_catalog.set_config('search_path', '', false)"


@dataclass(frozen=True, slots=True)
class LiveDatabase:
    """What is there by name; ``relations`` with their kind as ``pg_class`` tells it.

    ``routines`` and ``constraints`` are named as an archive's entries tag them. ``tables`` are
    the wanted ones that are there.
    """

    name: str
    relations: Mapping[Name, str]
    types: frozenset[Name]
    routines: frozenset[Name]
    collations: frozenset[Name]
    constraints: frozenset[Name]
    schemas: frozenset[str]
    extensions: frozenset[str]
    publications: frozenset[str]
    may_create_schemas: bool
    tables: Mapping[Name, TableThere]


def read_live(endpoint: Endpoint, wanted: Sequence[Name]) -> LiveDatabase:
    """What is in the database that ``endpoint`` leads to; every role may ask.

    Raises:
        ConnectError: it can't be reached.
        BackupError: the server refused, or the connection was lost.
    """
    with endpoint.explaining(), endpoint.connect_to_change() as connection:
        connection.execute(_TEXTS)
        relations = connection.execute(_RELATIONS.encode()).fetchall()
        return LiveDatabase(
            name=endpoint.database,
            relations={(schema, name): kind for schema, name, kind in relations},
            types=_names(connection, _TYPES),
            routines=_names(connection, _ROUTINES),
            collations=_names(connection, _COLLATIONS),
            constraints=_names(connection, _CONSTRAINTS),
            schemas=_words(connection, "SELECT nspname FROM pg_catalog.pg_namespace"),
            extensions=_words(connection, "SELECT extname FROM pg_catalog.pg_extension"),
            publications=_words(connection, "SELECT pubname FROM pg_catalog.pg_publication"),
            tables=read_tables(connection, wanted),
            may_create_schemas=bool(connection.execute(_MAY_CREATE).fetchall()[0][0]),
        )


def _names(connection: Connection, question: str) -> frozenset[Name]:
    return frozenset((a, b) for a, b in connection.execute(question.encode()).fetchall())


def _words(connection: Connection, question: str) -> frozenset[str]:
    return frozenset(word for (word,) in connection.execute(question.encode()).fetchall())
