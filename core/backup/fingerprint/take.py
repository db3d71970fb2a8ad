"""Taking a fingerprint: everything that is asked within the dump's snapshot."""

from __future__ import annotations

import secrets

from core.backup.dump.endpoint import Connection
from core.backup.dump.snapshot import HeldSnapshot
from core.backup.fingerprint.content import hash_tables, questions
from core.backup.fingerprint.definitions import definitions
from core.backup.fingerprint.large_objects import hash_large_objects
from core.backup.fingerprint.row_hash import RECIPE
from core.backup.fingerprint.schema import covered_schemas, hash_privileges, hash_schema
from core.backup.progress import JobReporter
from core.model.backup import BackupKind, Selection
from core.model.fingerprint import Fingerprint, SequenceValue, TableFingerprint

FINGERPRINT = "fingerprint"
"""The phase of a job in which tables are read for it."""

_SEED_BITS = 63


def fresh_seeds() -> tuple[int, int]:
    """Two random seeds for a new chain of backups."""
    return secrets.randbits(_SEED_BITS), secrets.randbits(_SEED_BITS)


def take(
    snapshot: HeldSnapshot,
    *,
    seeds: tuple[int, int],
    workers: int,
    budget_bytes: int = 0,
    kind: BackupKind = BackupKind.FULL,
    selection: Selection = Selection(),
    reporter: JobReporter,
) -> Fingerprint:
    """The fingerprint of what ``snapshot`` sees and ``selection`` chooses.

    Tables beyond ``budget_bytes`` (0: no limit) are counted and not hashed; of a backup of the
    schema alone, none is read.

    Raises:
        BackupError: something could not be read.
        CancelledError: a person cancelled the job.
    """
    tables: list[TableFingerprint] = []
    whole = not (selection.schemas or selection.tables)
    with snapshot.session() as connection, snapshot.endpoint.explaining():
        readable = [
            each
            for each in snapshot.tables
            if kind is not BackupKind.SCHEMA and not (each.unlogged and _is_standby(connection))
        ]
        defined = definitions(connection, [each.oid for each in snapshot.tables])
        encoding, collation, provider = _database(connection)
        schema = hash_schema(connection, selection, snapshot.tables)
        privileges = hash_privileges(connection, selection, snapshot.tables)
        sequences = _sequences(connection, selection)
        extensions, roles = _extensions(connection), _roles(connection)
        reporter.check_cancelled()
        objects = ""
        if whole and kind is not BackupKind.SCHEMA:
            objects = hash_large_objects(connection, seeds, reporter)
    reporter.phase(FINGERPRINT, sum(each.bytes for each in readable))
    if readable:
        tables = hash_tables(
            snapshot,
            questions(readable, defined, budget_bytes=budget_bytes, workers=workers),
            seeds=seeds,
            workers=workers,
            reporter=reporter,
        )
    return Fingerprint(
        recipe=RECIPE,
        seeds=seeds,
        tables=tuple(tables),
        sequences=sequences,
        schema=schema,
        large_objects=objects,
        extensions=extensions,
        roles=roles,
        encoding=encoding,
        collation=collation,
        locale_provider=provider,
        privileges=privileges,
    )


def _is_standby(connection: Connection) -> bool:
    return bool(connection.execute("SELECT pg_catalog.pg_is_in_recovery()").fetchall()[0][0])


# Columns that not every version has are taken from the row as JSON.
_DATABASE = """
SELECT pg_catalog.pg_encoding_to_char(d.encoding),
       pg_catalog.concat_ws(' ', d.datcollate, d.datctype,
                            coalesce(j.row ->> 'datlocale', j.row ->> 'daticulocale')),
       coalesce(j.row ->> 'datlocprovider', 'c')
  FROM pg_catalog.pg_database AS d, LATERAL (SELECT pg_catalog.to_jsonb(d) AS row) AS j
 WHERE d.datname = pg_catalog.current_database()
"""


def _database(connection: Connection) -> tuple[str, str, str]:
    encoding, collation, provider = connection.execute(_DATABASE).fetchall()[0]
    return encoding, collation, provider


def _extensions(connection: Connection) -> tuple[tuple[str, str], ...]:
    rows = connection.execute("SELECT extname, extversion FROM pg_catalog.pg_extension").fetchall()
    return tuple(sorted((name, version) for name, version in rows))


def _roles(connection: Connection) -> tuple[str, ...]:
    rows = connection.execute("SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'")
    return tuple(sorted(name for (name,) in rows.fetchall()))


# The view's last_value is null until the sequence was called, or where it may not be read.
_SEQUENCES = """
SELECT s.schemaname, s.sequencename, coalesce(s.last_value, s.start_value), s.last_value IS NOT NULL
  FROM pg_catalog.pg_sequences AS s
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = s.schemaname
  JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = s.sequencename
 WHERE c.relpersistence <> 't' AND n.nspname = ANY (%s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
"""


def _sequences(connection: Connection, selection: Selection) -> tuple[SequenceValue, ...]:
    if selection.tables:
        return ()
    schemas = list(covered_schemas(connection, selection).values())
    rows = connection.execute(_SEQUENCES, [schemas]).fetchall()
    values = (SequenceValue(schema, name, value, called) for schema, name, value, called in rows)
    return tuple(sorted(values, key=lambda each: (each.schema, each.name)))
