"""The roles that a restore makes itself, as the backup's server had them, but for logging in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from psycopg import sql

from core.model.restore_target import TargetState
from core.restore.globals.lacking import lacking_globals
from core.restore.globals.script import Statement, Subject, statements

_ABOUT_A_ROLE = frozenset({Subject.ROLE, Subject.PARAMETER})


@dataclass(frozen=True, slots=True)
class NewRole:
    """A role, and all that makes it; ``bare`` makes it with nothing but its name."""

    name: str
    statements: tuple[str, ...]

    @property
    def bare(self) -> str:
        """What is left where the rest is refused."""
        return sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(self.name)).as_string()


@dataclass(frozen=True, slots=True)
class NewRoles:
    """Roles, and the memberships that they are in or have; ``left_out`` is what they lack."""

    roles: tuple[NewRole, ...] = ()
    memberships: tuple[Statement, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def commands(self) -> tuple[str, ...]:
        """All statements in their order."""
        made = (each for role in self.roles for each in role.statements)
        return (*made, *(each.text for each in self.memberships))


NO_NEW_ROLES = NewRoles()


def new_roles(names: Collection[str], globals_sql: bytes, target: TargetState) -> NewRoles:
    """What makes the roles of these names, which the target does not have.

    Nobody can log in as one. Attributes that only superusers give are left out, also where a
    superuser restores: who is a member of such a role by chance would be a superuser, too.

    Raises:
        BackupError: the backup's statements can't be read.
    """
    about = tuple(each for each in statements(globals_sql) if _is_about(each, names))
    lack = lacking_globals(about, replace(target, is_superuser=False))
    told = {each.name for each in about if each.subject is Subject.ROLE}
    return NewRoles(
        tuple(
            _as_told(name, lack.roles) if name in lack.created else _bare(name)
            for name in sorted(names)
        ),
        lack.memberships,
        (
            *(
                f"role {name} is made without attributes, settings and memberships: with them it"
                " would be a superuser, replicate, or bypass row security"
                for name in sorted(told - lack.created)
            ),
            *(each for each in lack.left_out if not each.startswith("role ")),
        ),
    )


def _is_about(statement: Statement, names: Collection[str]) -> bool:
    if statement.subject is Subject.MEMBERSHIP:
        return statement.name in names or statement.member in names
    return statement.subject in _ABOUT_A_ROLE and statement.name in names


def _as_told(name: str, told: tuple[Statement, ...]) -> NewRole:
    closing = sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(name)).as_string()
    return NewRole(name, (*(each.text for each in told if each.name == name), closing))


def _bare(name: str) -> NewRole:
    made = NewRole(name, ())
    return replace(made, statements=(made.bare,))
