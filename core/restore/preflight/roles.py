"""Whether the server has the roles that the archive names, and what becomes of it where not."""

from __future__ import annotations

from collections.abc import Iterator

from core.model.backup import ArchiveFormat
from core.model.restore import Check, CheckState
from core.postgres.text import quoted_identifier
from core.restore.archive.roles import Lacking, granted_in, owners_of, policies_for
from core.restore.preflight.planned import Planned

_NAMES_TOLD = 5
_CREATE = "have the restore create them, so that nobody can log in as them: --create-roles"


def lacking(planned: Planned) -> Lacking:
    """The roles that the archive must do without on this server."""
    target = planned.target
    owners = owners_of(planned.entries, planned.codec) if planned.owners else frozenset()
    missing = frozenset() if planned.create_roles else missing_roles(planned)
    strange = frozenset() if target.is_superuser else owners - target.member_of
    if planned.create_roles:
        strange -= missing_roles(planned)
    return Lacking(missing, (owners & missing) | strange)


def missing_roles(planned: Planned) -> frozenset[str]:
    """The roles that the archive names and the server does not have."""
    entries, codec = planned.entries, planned.codec
    named = granted_in(entries, codec) | policies_for(entries, codec)
    if planned.owners:
        named |= owners_of(entries, codec)
    return named - planned.target.roles


def role_checks(planned: Planned) -> Iterator[Check]:
    """Owners, grants and policies, each by itself."""
    if planned.create_roles:
        yield _creatable(planned)
    yield _owners(planned)
    yield _grants(planned)
    yield _policies(planned)


def _creatable(planned: Planned) -> Check:
    missing, target = missing_roles(planned), planned.target
    if missing and not target.may_create_roles:
        return Check(
            "right to create roles",
            CheckState.STOP,
            f"role {target.role} may not create {_listed(missing)}",
            f"ALTER ROLE {quoted_identifier(target.role)} CREATEROLE, or go on without them",
        )
    told = f"{_listed(missing)} will be created" if missing else "none is missing"
    return Check("right to create roles", CheckState.OK, told)


def _owners(planned: Planned) -> Check:
    target = planned.target
    owners = owners_of(planned.entries, planned.codec) if planned.owners else frozenset()
    without = lacking(planned)
    if gone := without.unowned & without.missing:
        return _given_up(
            planned,
            "owners",
            f"the role {_listed(gone)} is not on the server: what it owned would be"
            f" {target.role}'s",
        )
    if without.unowned:
        return _given_up(
            planned,
            "owners",
            f"role {target.role} may not give objects to {_listed(without.unowned)}: they would be"
            " its own",
            f"GRANT … TO {quoted_identifier(target.role)}, or restore as a superuser",
        )
    told = f"all {len(owners)} can be" if owners else f"all of it belongs to {target.role}"
    return Check("owners", CheckState.OK, told)


def _grants(planned: Planned) -> Check:
    named = granted_in(planned.entries, planned.codec)
    if gone := named & lacking(planned).missing:
        return _given_up(
            planned,
            "grants",
            f"the role {_listed(gone)} is not on the server: grants to it, or by it, would be left"
            " out",
        )
    return Check("grants", CheckState.OK, f"all {len(named)} roles that they name are there")


def _policies(planned: Planned) -> Check:
    gone = policies_for(planned.entries, planned.codec) & lacking(planned).missing
    if gone:
        return Check(
            "policies",
            CheckState.STOP,
            f"policies are for the role {_listed(gone)}, which is not on the server; without them"
            " rows would be seen by others, or by nobody",
            _CREATE,
        )
    return Check("policies", CheckState.OK, "every role that they are for is there")


def _given_up(planned: Planned, name: str, what: str, remedy: str = _CREATE) -> Check:
    """What the restore can do without; of an archive that is one stream nothing is taken out."""
    if planned.manifest.archive_format is ArchiveFormat.DIRECTORY:
        return Check(name, CheckState.WARNING, what, remedy)
    return Check(
        name,
        CheckState.STOP,
        f"{what.partition(': ')[0]}, and an archive that is one stream can't be restored without",
        f"{remedy}; or --no-owner",
    )


def _listed(names: frozenset[str]) -> str:
    ordered = sorted(names)
    told, rest = ", ".join(ordered[:_NAMES_TOLD]), len(ordered) - _NAMES_TOLD
    return f"{told} and {rest} more" if rest > 0 else told
