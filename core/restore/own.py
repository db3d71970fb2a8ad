"""What a plan gives a new database of what belonged to the backed up one itself."""

from __future__ import annotations

from collections.abc import Iterator

from core.model.restore import Check, CheckState, RestoreWish
from core.postgres.text import python_codec
from core.restore.archive.own import Own, own_of, roles_of_it
from core.restore.archive.roles import Lacking
from core.restore.surroundings import Surroundings


def own_in(wish: RestoreWish, around: Surroundings, name: str) -> Own:
    """What the database ``name`` is given, as far as the target has the roles for it."""
    codec = python_codec(around.manifest.fingerprint.encoding)
    named, target = roles_of_it(around.contents, codec), around.target
    gone = named - target.roles
    missing = frozenset[str]() if wish.create_roles else gone
    strange = frozenset[str]() if target.is_superuser else named - target.member_of - gone
    return own_of(
        around.contents, codec, name, Lacking(missing, missing | strange), owners=wish.owners
    )


def own_roles_missing(around: Surroundings) -> frozenset[str]:
    """The roles that the database itself asks for, and the target does not have."""
    codec = python_codec(around.manifest.fingerprint.encoding)
    return roles_of_it(around.contents, codec) - around.target.roles


def own_checks(own: Own) -> Iterator[Check]:
    """What of it is not as it was."""
    if own.left_out:
        yield Check(
            "the database's own",
            CheckState.WARNING,
            "; ".join(own.left_out),
            "restore the roles first: --globals; or have them created: --create-roles",
        )
        return
    told = "owner, rights, settings, limits and comment of the database are given as they were"
    yield Check("the database's own", CheckState.OK, told)
