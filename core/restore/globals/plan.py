"""What making a backup's missing roles and tablespaces would do, statement by statement."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime

from core.model.restore import Check, CheckState, RestorePlan, RestoreWish, Step
from core.restore.globals.lacking import Lack, lacking_globals
from core.restore.globals.script import Statement, statements
from core.restore.surroundings import Surroundings, planned, world_of

ROLES = "roles"
MEMBERSHIPS = "memberships"
TABLESPACES = "tablespaces"

_TOLD = 20
_NOTHING = "nothing is: nothing would be done"


def plan_globals(
    wish: RestoreWish, around: Surroundings, *, plan_id: str, now: datetime
) -> RestorePlan:
    """What making what is missing would do.

    Raises:
        BackupError: the backup's statements can't be read.
    """
    lack = lack_of(around)
    found = tuple(_checks(around, lack))
    steps = tuple(_steps(lack))
    said = "\n".join(command for step in steps for command in step.commands)
    return planned(
        wish,
        around,
        plan_id=plan_id,
        now=now,
        checks=found,
        steps=steps,
        fetch_bytes=len(around.globals_sql),
        undo="drop by hand what was made, as long as nothing belongs to it: "
        + (", ".join(sorted(lack.created | lack.made_tablespaces)) or "nothing"),
        world=world_of(around, found)
        | {"statements": hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]},
    )


def lack_of(around: Surroundings) -> Lack:
    """What the target lacks of the backup's.

    Raises:
        BackupError: the backup's statements can't be read.
    """
    return lacking_globals(statements(around.globals_sql), around.target)


def _steps(lack: Lack) -> Iterator[Step]:
    if lack.roles:
        yield Step(
            ROLES,
            f"Make {len(lack.created)} roles with their settings, without passwords; all of this"
            " and the memberships in one transaction",
            _texts(lack.roles),
            0.0,
        )
    if lack.memberships:
        yield Step(MEMBERSHIPS, "Grant the new roles' memberships", _texts(lack.memberships), 0.0)
    if lack.tablespaces:
        yield Step(TABLESPACES, "Make the tablespaces, one by one", _texts(lack.tablespaces), 0.0)


def _texts(found: Iterable[Statement]) -> tuple[str, ...]:
    return tuple(each.text for each in found)


def _checks(around: Surroundings, lack: Lack) -> Iterator[Check]:
    target = around.target
    if not around.globals_sql:
        yield Check(
            "globals",
            CheckState.STOP,
            "the backup has no roles and tablespaces",
            "choose another backup; pgvigil backup show tells what one has",
        )
    if target.is_standby:
        yield Check(
            "standby",
            CheckState.STOP,
            "the server is a standby: nothing can be changed on it",
            "restore to its primary",
        )
    if lack.created and not target.may_create_roles:
        yield Check(
            "right to create roles",
            CheckState.STOP,
            f"role {target.role} may not create roles",
            "restore as a superuser, or as a role with CREATEROLE",
        )
    told = f"{len(lack.kept)} roles are there, and stay as they are with all that they were given"
    yield Check("roles that are there", CheckState.OK, told)
    if not (lack.roles or lack.tablespaces):
        told = "only what is left out: nothing would be done" if lack.left_out else _NOTHING
        yield Check("what is missing", CheckState.WARNING, told)
    if lack.roles:
        yield Check(
            "passwords",
            CheckState.WARNING,
            "none is restored: nobody can log in by password as a role that is made",
            "give each one in psql: \\password ROLE",
        )
    for place, each in enumerate(lack.left_out[:_TOLD], start=1):
        yield Check(f"left out {place}", CheckState.WARNING, each, "do it by hand if it is wanted")
    if (more := len(lack.left_out) - _TOLD) > 0:
        yield Check("left out", CheckState.WARNING, f"{more} more statements")
    if lack.tablespaces:
        yield Check(
            "tablespaces",
            CheckState.UNKNOWN,
            "whether their folders are there, empty, and the server's own can't be seen from here",
            "make them on the server's host first",
        )
