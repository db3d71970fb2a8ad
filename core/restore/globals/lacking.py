"""Which of a backup's roles, memberships, settings and tablespaces a server lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.model.restore_target import TargetState
from core.restore.globals.script import (
    Statement,
    Subject,
    without_defaults,
    without_grantor,
)


@dataclass(frozen=True, slots=True)
class Lack:
    """What is made: nothing that is there is changed.

    ``roles`` are statements about new roles, with their settings and rights on parameters,
    ``memberships`` have a new role on one side, or on both. ``left_out`` says of what is missing
    and is not made why not; ``kept`` are roles that are there, and stay as they are.
    """

    roles: tuple[Statement, ...] = ()
    memberships: tuple[Statement, ...] = ()
    tablespaces: tuple[Statement, ...] = ()
    created: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()

    @property
    def made_tablespaces(self) -> frozenset[str]:
        """The names of the new tablespaces."""
        return frozenset(each.name for each in self.tablespaces)


def lacking_globals(told: Iterable[Statement], target: TargetState) -> Lack:
    """What of a backup's statements makes something that is not on the server."""
    all_of_them = tuple(told)
    named = {each.name for each in all_of_them if each.subject is Subject.ROLE}
    missing = named - target.roles
    powerful = {each.name for each in all_of_them if each.attributes and each.name in missing}
    refused = frozenset() if target.is_superuser else frozenset(powerful)
    created = frozenset(missing - refused)
    there = target.roles | created
    left_out = [
        f"role {name}: only a superuser may give it what it could" for name in sorted(refused)
    ]
    memberships, tablespaces = [], []
    for each in all_of_them:
        if each.subject is Subject.MEMBERSHIP and {each.name, each.member} & created:
            if {each.name, each.member} <= there:
                memberships.append(_granted(each, target, there))
            else:
                left_out.append(f"{each.text}: one of them is not there")
        elif each.subject is Subject.MEMBERSHIP and _is_lacking(each, target):
            left_out.append(f"{each.text}: both were there before, and it may be meant so")
        elif each.subject is Subject.TABLESPACE and each.name not in target.tablespaces:
            if not target.is_superuser:
                left_out.append(f"{each.text}: only a superuser may")
            elif ({each.owner, each.member} - {"", "PUBLIC"}) <= there:
                tablespaces.append(each)
            else:
                left_out.append(f"{each.text}: the role is not there")
        elif each.subject is Subject.UNKNOWN:
            left_out.append(f"{each.text}: this pgvigil does not know what it is")
    return Lack(
        roles=tuple(
            each if target.is_superuser else replace(each, text=without_defaults(each.text))
            for each in all_of_them
            if each.subject in {Subject.ROLE, Subject.PARAMETER} and each.name in created
        ),
        memberships=tuple(memberships),
        tablespaces=tuple(tablespaces),
        created=created,
        kept=frozenset(named & target.roles),
        left_out=tuple(left_out),
    )


def _is_lacking(membership: Statement, target: TargetState) -> bool:
    """Whether it is of two roles that are there, and is not."""
    if target.memberships is None:
        return False
    both = (membership.name, membership.member)
    return target.roles.issuperset(both) and both not in target.memberships


def _granted(membership: Statement, target: TargetState, there: frozenset[str]) -> Statement:
    """In whose name it was granted, where that can be said."""
    if membership.grantor in there and target.is_superuser:
        return membership
    return replace(membership, text=without_grantor(membership.text), grantor="")
