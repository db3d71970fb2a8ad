"""The roles that a restore makes itself: which, by which step, and what they lack."""

from __future__ import annotations

from collections.abc import Iterator

from core.model.restore import Check, CheckState, RestoreWish, Step, TargetKind
from core.restore.globals.named import NO_NEW_ROLES, NewRoles, new_roles
from core.restore.own import own_roles_missing
from core.restore.preflight import Planned
from core.restore.preflight.roles import missing_roles
from core.restore.surroundings import Surroundings

ROLES = "roles"


def created_roles(wish: RestoreWish, around: Surroundings, seen: Planned) -> NewRoles:
    """The roles that are made before anything is restored.

    Raises:
        BackupError: what the backup tells of its server's roles can't be read.
    """
    if not wish.create_roles:
        return NO_NEW_ROLES
    names = missing_roles(seen)
    if wish.target in {TargetKind.BESIDE, TargetKind.SCRATCH}:
        names |= own_roles_missing(around)
    return new_roles(names, around.globals_sql, around.target)


def new_role_checks(new: NewRoles) -> Iterator[Check]:
    """What they lack."""
    if new.left_out:
        told = "; ".join(new.left_out)
        yield Check("roles", CheckState.WARNING, told, "restore the roles first: --globals")


def role_steps(created: NewRoles) -> Iterator[Step]:
    """What makes roles, as a plan shows it."""
    if created.roles:
        yield Step(
            ROLES,
            "Create the roles that are missing; nobody can log in as them, and they stay",
            created.commands,
            0.0,
        )
