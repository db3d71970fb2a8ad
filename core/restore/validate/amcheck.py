"""Tables and indexes of a restored database, looked through by pg_amcheck.

pg_amcheck wants the extension amcheck in the database: where the backup has none, it is made for
the moment in a schema of its own and taken away again.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

import psycopg

from core.backup.dump.endpoint import Connection, Endpoint
from core.backup.dump.program import running
from core.backup.dump.stream import pass_on
from core.backup.progress import JobReporter
from core.errors import BackupError
from core.model.backup import TableName
from core.postgres.client_programs import ClientPrograms

AMCHECK = "pg_amcheck"
"""The program, and the phase of a restore in which it is at work."""

_SCHEMA = "pgvigil_amcheck"
_TABLES_SINCE = 140_000
"""Before, the extension looks at indexes alone, and the program fails at every table."""
_MOST_TOLD = 50
# What stands before the findings about one relation: amcheck's report begins a line with it.
_ABOUT = re.compile(r"(heap table|btree index) ")

_THERE = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'amcheck'),
       EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'amcheck'),
       (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
"""
_WITH_ROWS = """
SELECT n.nspname::text, leaf.relname::text
  FROM ROWS FROM (pg_catalog.unnest(%s::text[]), pg_catalog.unnest(%s::text[]))
       AS wanted (schema, name)
  JOIN pg_catalog.pg_namespace AS w ON w.nspname = wanted.schema
  JOIN pg_catalog.pg_class AS c ON c.relnamespace = w.oid AND c.relname = wanted.name
 CROSS JOIN LATERAL (SELECT c.oid UNION SELECT relid FROM pg_catalog.pg_partition_tree(c.oid)) AS t
  JOIN pg_catalog.pg_class AS leaf ON leaf.oid = t.oid AND leaf.relkind IN ('r', 'm')
  JOIN pg_catalog.pg_namespace AS n ON n.oid = leaf.relnamespace
 ORDER BY 1, 2
"""
# The database's own event triggers are not asked about what is gone at once.
_MAKE = (
    "SET session_replication_role = replica",
    f"CREATE SCHEMA {_SCHEMA}",
    f"CREATE EXTENSION amcheck SCHEMA {_SCHEMA}",
)
_TAKE_AWAY = ("DROP EXTENSION amcheck", f"DROP SCHEMA {_SCHEMA}")


@dataclass(frozen=True, slots=True)
class Checked:
    """What pg_amcheck found, each in words, and in a sentence what came of it or why it did not.

    ``was_run`` is false where nothing was looked at.
    """

    told: str
    findings: tuple[str, ...] = ()
    was_run: bool = True


def amcheck(endpoint: Endpoint, programs: ClientPrograms, reporter: JobReporter) -> Checked:
    """Have pg_amcheck look at every table and B-tree index of a database that nobody else uses.

    Raises:
        BackupError: pg_amcheck could not be started, or what it needed can't be taken away.
        ConnectError: the database can't be reached.
        CancelledError: a person cancelled the job.
    """
    if missing := _missing(endpoint, programs):
        return missing
    with closing(endpoint.connect_to_change()) as connection, endpoint.explaining():
        is_there, can_be_had, is_superuser = connection.execute(_THERE).fetchall()[0]
        if not is_superuser:
            return _not_run("the role that restores is no superuser")
        if is_there:
            return _run(endpoint, programs, reporter)
        if not can_be_had:
            return _not_run("the server does not have its extension")
        with _extension(connection):
            return _run(endpoint, programs, reporter)


def amcheck_live(
    endpoint: Endpoint,
    programs: ClientPrograms,
    reporter: JobReporter,
    tables: Sequence[TableName],
) -> Checked:
    """Have pg_amcheck look at some tables of a live database, with their indexes and partitions.

    An extension that is not there is not made: a live database gets nothing that was not agreed to.

    Raises: as :func:`amcheck`.
    """
    if missing := _missing(endpoint, programs):
        return missing
    with closing(endpoint.connect_to_change()) as connection, endpoint.explaining():
        is_there, _, is_superuser = connection.execute(_THERE).fetchall()[0]
        if not is_superuser:
            return _not_run("the role that restores is no superuser")
        if not is_there:
            return _not_run("the live database does not have its extension amcheck")
        named = [[each.schema for each in tables], [each.name for each in tables]]
        patterns = [
            f"--table={_pattern(schema)}.{_pattern(name)}"
            for schema, name in connection.execute(_WITH_ROWS, named).fetchall()
        ]
    if not patterns:
        return _not_run("none of the tables has rows of its own")
    return _run(endpoint, programs, reporter, patterns)


def _pattern(name: str) -> str:
    """A name as psql's patterns take it literally: in quotes nothing of it is a wildcard."""
    return '"' + name.replace('"', '""') + '"'


def _missing(endpoint: Endpoint, programs: ClientPrograms) -> Checked | None:
    if endpoint.server_version < _TABLES_SINCE:
        return _not_run("it can't look at tables on a server before PostgreSQL 14")
    if os.access(programs.bin / AMCHECK, os.X_OK):
        return None
    return _not_run(f"it is not in {programs.bin}")


def _not_run(why: str) -> Checked:
    return Checked(f"pg_amcheck was not run: {why}", was_run=False)


@contextmanager
def _extension(connection: Connection) -> Iterator[None]:
    for each in _MAKE:
        connection.execute(each.encode())
    try:
        yield
    except BaseException:
        with suppress(psycopg.Error):  # the database goes, because of that
            _take_away(connection)
        raise
    _take_away(connection)


def _take_away(connection: Connection) -> None:
    for each in _TAKE_AWAY:
        connection.execute(each.encode())


def _run(
    endpoint: Endpoint,
    programs: ClientPrograms,
    reporter: JobReporter,
    patterns: Sequence[str] = (),
) -> Checked:
    reporter.phase(AMCHECK)
    arguments = [f"--jobs={endpoint.settings.workers}", *patterns, endpoint.conninfo()]
    said: list[bytes] = []
    failed = ""
    with running(programs, AMCHECK, arguments, endpoint, stdout=subprocess.PIPE) as child:
        pass_on(child, said.append, reporter)
        try:
            child.finish(endpoint.display)
        except BackupError as error:
            # That it ends as a failure is also how it says that it has found something.
            failed = error.why or error.what
    found = tuple(_findings(b"".join(said).decode("utf-8", "replace")))
    if failed and not found:
        return Checked(f"pg_amcheck could not look: {failed}", (f"pg_amcheck failed: {failed}",))
    if not found:
        return Checked("pg_amcheck found every table and index sound")
    more = len(found) - _MOST_TOLD
    rest = (f"pg_amcheck found {more} more",) if more > 0 else ()
    return Checked(f"pg_amcheck found {len(found)} faults", (*found[:_MOST_TOLD], *rest))


def _findings(report: str) -> Iterator[str]:
    """A finding each: what it is about, and what is said of that on the lines below."""
    about = ""
    for line in report.splitlines():
        if _ABOUT.match(line):
            about = line.rstrip(":")
        elif line.strip():
            yield f"pg_amcheck, {about}: {line.strip()}" if about else f"pg_amcheck: {line.strip()}"
