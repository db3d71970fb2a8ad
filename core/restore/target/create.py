"""A new database for a restore: closed to others until it is proven, marked as whose it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg
from psycopg import sql

from core.backup.dump.endpoint import Endpoint
from core.errors import RestoreError
from core.model.fingerprint import Fingerprint
from core.postgres.failure import ConnectError
from core.restore.target.state import Connection

_BEGINNING = "pgvigil restore "
_UNPROVEN = " makes {name}: not proven yet"
_PROVEN = " made {name}: proven, and given no other name yet"
_TEMPLATE = "SELECT FROM pg_catalog.pg_database WHERE datname = %s AND datistemplate"
_TO_OTHERS = ("postgres", "template1")
_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}
_PROVIDERS_SINCE = 150_000


def create_statements(
    name: str,
    like: Fingerprint,
    operation_id: str,
    server_version: int,
    *,
    tablespace: str = "",
) -> tuple[sql.Composed, ...]:
    """What makes the database, with encoding and locale of the backed up one; the plan shows it.

    Until it is given its rights nobody but its owner and superusers may connect; its comment tells
    the operation, so that what a dead one left is known.
    """
    database = sql.Identifier(name)
    options = [
        sql.SQL("TEMPLATE template0"),
        sql.SQL("ENCODING {}").format(sql.Literal(like.encoding)),
        *_locale(like, server_version),
    ]
    if tablespace:
        options.append(sql.SQL("TABLESPACE {}").format(sql.Identifier(tablespace)))
    mark = sql.Literal(unproven(name, operation_id))
    return (
        sql.SQL("CREATE DATABASE {} {}").format(database, sql.SQL(" ").join(options)),
        sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(database),
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, mark),
    )


def unproven(name: str, operation_id: str) -> str:
    """The comment of a database that a restore made and has not compared yet.

    It holds only as long as the database bears that name: who renames it has put it to use.
    """
    return _BEGINNING + operation_id + _UNPROVEN.format(name=name)


def proven(name: str, operation_id: str) -> str:
    """The comment of one that was compared and is to be swapped in: nobody drops it unasked."""
    return _BEGINNING + operation_id + _PROVEN.format(name=name)


def _locale(like: Fingerprint, server_version: int) -> Iterator[sql.Composable]:
    """The locale as ``Fingerprint.collation`` tells it: collate, ctype, and the provider's own."""
    collate, ctype, *own = like.collation.split(" ")
    yield sql.SQL("LC_COLLATE {} LC_CTYPE {}").format(sql.Literal(collate), sql.Literal(ctype))
    provider = _PROVIDERS.get(like.locale_provider, "")
    if server_version < _PROVIDERS_SINCE or not provider:
        return
    yield sql.SQL(f"LOCALE_PROVIDER {provider}")
    if own and provider != "libc":
        yield sql.SQL(f"{provider.upper()}_LOCALE {{}}").format(sql.Literal(own[0]))


@contextmanager
def created(
    connection: Connection, name: str, statements: Sequence[sql.Composed]
) -> Iterator[None]:
    """The new database ``name``; where what is done within fails, it is dropped again.

    ``connection`` is in autocommit mode, and leads to another database of the server.

    Raises:
        RestoreError: it could not be made, or could not be dropped after a failure.
    """
    first, *others = statements
    _run(connection, name, first)
    try:
        for each in others:
            _run(connection, name, each)
        yield
    except BaseException as failure:
        drop(connection, name, because=failure)
        raise


def drop(connection: Connection, name: str, *, because: BaseException | None = None) -> None:
    """Drop a database that a restore made, and end whoever is connected to it.

    Raises:
        RestoreError: it can't be dropped; ``because`` is why it was to be.
    """
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    no_template = sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name))
    try:
        if connection.execute(_TEMPLATE, [name]).fetchone() is not None:
            connection.execute(no_template)  # which no DROP DATABASE drops
        connection.execute(statement)
    except psycopg.Error as error:
        raise RestoreError(
            f"Database {name}, which the restore made, is still there",
            why=f"it can't be dropped: {str(error).strip()}",
            remedy=f"when the server answers again: {statement.as_string()}",
        ) from because or error


def left_behind(connection: Connection) -> tuple[tuple[str, str], ...]:
    """The databases that restores made and did not prove yet, each with its operation's id.

    None that bears another name than the restore gave it.
    """
    return _marked(connection, _UNPROVEN)


def kept_proven(connection: Connection) -> tuple[tuple[str, str], ...]:
    """The databases that were proven and then not swapped in, each with its operation's id."""
    return _marked(connection, _PROVEN)


def _marked(connection: Connection, ending: str) -> tuple[tuple[str, str], ...]:
    rows = connection.execute(
        "SELECT d.datname, s.description FROM pg_catalog.pg_database AS d"
        " JOIN pg_catalog.pg_shdescription AS s ON s.objoid = d.oid"
        " AND s.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass"
        " WHERE pg_catalog.starts_with(s.description, %s) ORDER BY 1",
        [_BEGINNING],
    ).fetchall()
    return tuple(
        (name, told.removeprefix(_BEGINNING).removesuffix(suffix))
        for name, told in rows
        if told.endswith(suffix := ending.format(name=name))
    )


def connect_elsewhere(endpoint: Endpoint, *names: str) -> Connection:
    """A session in autocommit mode in a database that is none of ``names``.

    Raises:
        ConnectError: there is none that lets us in.
    """
    others = [each for each in (endpoint.database, *_TO_OTHERS) if each not in names]
    for name in others[:-1]:
        with suppress(ConnectError):
            return endpoint.with_database(name).connect_to_write()
    return endpoint.with_database(others[-1]).connect_to_write()


def run_statements(connection: Connection, name: str, statements: Sequence[sql.Composed]) -> None:
    """Do one after another.

    Raises:
        RestoreError: the server refused one.
    """
    for each in statements:
        _run(connection, name, each)


def _run(connection: Connection, name: str, statement: sql.Composed) -> None:
    try:
        connection.execute(statement)
    except psycopg.errors.DuplicateDatabase as error:
        raise RestoreError(
            f"There is a database {name} on the server already",
            why="somebody made it since the plan was made",
            remedy="choose another name; nothing was changed",
        ) from error
    except psycopg.Error as error:
        raise RestoreError(
            f"Database {name} can't be made ready",
            why=f"{statement.as_string()}: {str(error).strip()}",
            remedy="nothing that was there is changed; mend it, and run the restore again",
        ) from error
