"""Roles that an archive names and a server lacks, made so that nobody can log in as them."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg
from psycopg import sql

from core.errors import RestoreError
from core.restore.target.state import Connection


def role_statements(names: Iterable[str]) -> tuple[sql.Composed, ...]:
    """What makes the roles; the plan shows it."""
    create = sql.SQL("CREATE ROLE {} NOLOGIN")
    return tuple(create.format(sql.Identifier(each)) for each in sorted(names))


def create_roles(connection: Connection, names: Iterable[str]) -> None:
    """Make roles; one that is there by now is left as it is.

    Raises:
        RestoreError: the server refused.
    """
    for name, statement in zip(sorted(names), role_statements(names), strict=True):
        try:
            connection.execute(statement)
        except psycopg.errors.DuplicateObject:
            continue
        except psycopg.Error as error:
            raise RestoreError(
                f"The role {name} can't be created",
                why=str(error).strip(),
                remedy="create it yourself, or restore without --create-roles",
            ) from error
