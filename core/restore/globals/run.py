"""Missing roles and tablespaces, made; then looked for on the server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing

import psycopg

from core.backup.dump.endpoint import Connection
from core.errors import RestoreError
from core.model.restore_operation import Verdict
from core.restore.doing import Doing, Done
from core.restore.globals.lacking import Lack
from core.restore.globals.plan import ROLES, TABLESPACES, lack_of
from core.restore.globals.script import Statement

_ROLES = "SELECT rolname::text FROM pg_catalog.pg_roles"
_MEMBERSHIPS = """
SELECT g.rolname::text, m.rolname::text FROM pg_catalog.pg_auth_members AS a
  JOIN pg_catalog.pg_roles AS g ON g.oid = a.roleid
  JOIN pg_catalog.pg_roles AS m ON m.oid = a.member
"""


def run_globals(doing: Doing) -> Done:
    """Make what is missing: roles and memberships in one transaction, then the tablespaces.

    A tablespace that can't be made is a difference, and so is what was left out.

    Raises:
        RestoreError: a role or membership can't be made; nothing was changed.
        CancelledError: a person cancelled the job.
    """
    around = doing.found.around
    lack = lack_of(around)
    doing.reporter.phase(ROLES)
    with closing(around.endpoint.connect_to_write()) as connection:
        doing.reporter.check_cancelled()
        _make_roles(connection, lack)
        doing.reporter.phase(TABLESPACES)
        try:
            failed = tuple(_make_tablespaces(connection, lack))
            left_out = (f"left out: {each}" for each in lack.left_out)
            differences = (*_not_there(connection, lack), *failed, *left_out)
        except psycopg.Error as error:
            raise RestoreError(
                "The connection was lost after the roles were made",
                why=str(error).strip(),
                remedy="plan it again: what is there by then is left as it is",
            ) from error
    return Done(
        f"what {doing.wish.target_server} lacked of backup {doing.wish.backup_id} was made:"
        f" {len(lack.created)} roles, {len(lack.memberships)} memberships,"
        f" {len(lack.made_tablespaces)} tablespaces",
        Verdict.DIFFERENCES if differences else Verdict.PROVEN,
        differences,
        undo="",
    )


def _make_roles(connection: Connection, lack: Lack) -> None:
    with connection.transaction():
        for each in (*lack.roles, *lack.memberships):
            try:
                connection.execute(each.text.encode())
            except psycopg.Error as error:
                raise RestoreError(
                    f"The server refused a statement: {each.text}",
                    why=str(error).strip(),
                    remedy="nothing was changed; mend it, and run the restore again",
                ) from error


def _make_tablespaces(connection: Connection, lack: Lack) -> Iterator[str]:
    """Each by itself, because none is made in a transaction; what failed, in words."""
    refused: set[str] = set()
    for each in lack.tablespaces:
        if each.name not in refused and (why := _refused(connection, each)):
            refused.add(each.name)
            yield f"tablespace {each.name}: {why}"


def _refused(connection: Connection, statement: Statement) -> str:
    try:
        connection.execute(statement.text.encode())
    except psycopg.Error as error:
        if connection.closed:
            raise
        return str(error).strip()
    return ""


def _not_there(connection: Connection, lack: Lack) -> Iterator[str]:
    """What should be there now and is not, as the server says."""
    roles = {name for (name,) in connection.execute(_ROLES)}
    yield from _told("role", lack.created - roles)
    pairs = set(connection.execute(_MEMBERSHIPS).fetchall())
    for each in lack.memberships:
        if (each.name, each.member) not in pairs:
            yield f"{each.member} is no member of {each.name}"


def _told(what: str, names: Iterable[str]) -> Iterator[str]:
    return (f"{what} {name} is not there" for name in sorted(names))
