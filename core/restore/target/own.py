"""A restored database is given what the backed up one was: settings, owner, rights, comment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg
from psycopg import sql

from core.backup.dump.endpoint import Endpoint
from core.errors import RestoreError
from core.postgres.failure import ConnectError
from core.restore.archive.own import Own
from core.restore.target.state import Connection

_LOADS = "preload_libraries"


def give(connection: Connection, new: Endpoint, own: Own) -> tuple[str, ...]:
    """Do it; gives what could not be given, in words.

    Until its rights are as they were nobody but its owner may connect: where they can't be given
    it stays so. ``connection`` leads to another database of the server, in autocommit mode.

    Raises:
        RestoreError: the connection was lost, or the restore's own mark can't be taken away.
    """
    return (
        *own.left_out,
        *_settings(connection, own),
        *_reached(connection, new, own),
        *_opened(connection, own),
    )


def _settings(connection: Connection, own: Own) -> Iterator[str]:
    for each in own.settings:
        if why := _refused(connection, [each]):
            yield f"not given to the database: {each} ({why})"


def _reached(connection: Connection, new: Endpoint, own: Own) -> Iterator[str]:
    """A library that is loaded with each session, and is not there, would keep everybody out."""
    if not any(_LOADS in each for each in own.settings):
        return
    try:
        new.connect_to_change().close()
    except ConnectError as error:
        reset = sql.SQL("ALTER DATABASE {} RESET ALL").format(sql.Identifier(new.database))
        if why := _refused(connection, [reset.as_string()]):
            raise _not_ready(reset.as_string(), why) from error
        yield f"the database's settings are left out: nobody could connect with them ({error})"


def _opened(connection: Connection, own: Own) -> Iterator[str]:
    """Owner and rights together, else the rights alone, else none of them; and the comment."""
    for owner, rights in ((own.owner, own.rights), ("", own.rights), ("", ())):
        given = (*((owner,) if owner else ()), *rights, own.comment)
        why = _refused(connection, given)
        if not why:
            return
        if not rights:
            raise _not_ready(own.comment, why)
        if owner:
            yield f"not given to the database: {owner} ({why})"
        else:
            yield f"the database's rights are not given: only its owner may connect ({why})"


def _refused(connection: Connection, statements: Sequence[str]) -> str:
    """Why the server does not do all of them in one transaction; empty where it did."""
    try:
        with connection.transaction():
            for each in statements:
                connection.execute(each.encode())
    except psycopg.Error as error:
        if connection.closed:
            raise _not_ready(statements[0], str(error).strip()) from error
        return str(error).strip()
    return ""


def _not_ready(statement: str, why: str) -> RestoreError:
    return RestoreError(
        "The restored database can't be made ready",
        why=f"{statement}: {why}",
        remedy="nothing that was there is changed; mend it, and run the restore again",
    )
