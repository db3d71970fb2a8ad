"""Roles that an archive names and a server lacks, made so that nobody can log in as them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from core.errors import RestoreError
from core.restore.globals.named import NewRole, NewRoles
from core.restore.target.state import Connection


def create_roles(connection: Connection, new: NewRoles) -> tuple[str, ...]:
    """Make roles, each with all that it had; gives what of that the server refused, in words.

    One that is there by now is left as it is.

    Raises:
        RestoreError: the server refused to make one at all.
    """
    return (
        *new.left_out,
        *(told for each in new.roles for told in _made(connection, each)),
        *_granted(connection, new),
    )


def _made(connection: Connection, role: NewRole) -> Iterator[str]:
    try:
        with connection.transaction():
            for each in role.statements:
                connection.execute(each.encode())
    except psycopg.errors.DuplicateObject:
        pass
    except psycopg.Error as error:
        _made_bare(connection, role)
        yield (
            f"role {role.name} is made without attributes, settings and memberships:"
            f" {str(error).strip()}"
        )


def _made_bare(connection: Connection, role: NewRole) -> None:
    try:
        connection.execute(role.bare.encode())
    except psycopg.Error as error:
        raise RestoreError(
            f"The role {role.name} can't be created",
            why=str(error).strip(),
            remedy="create it yourself, or restore without --create-roles",
        ) from error


def _granted(connection: Connection, new: NewRoles) -> Iterator[str]:
    for each in new.memberships:
        try:
            connection.execute(each.text.encode())
        except psycopg.Error as error:
            yield f"not granted: {each.text} ({str(error).strip()})"
