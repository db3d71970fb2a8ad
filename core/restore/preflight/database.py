"""Whether the database can be made, or taken, under the name that is wanted."""

from __future__ import annotations

from collections.abc import Iterator

from core.model.restore import Check, CheckState, TargetKind
from core.postgres.text import quoted_identifier
from core.restore.preflight.locales import knows_locale
from core.restore.preflight.planned import Planned

_LONGEST_NAME = 63
"""Bytes that PostgreSQL keeps of a name (NAMEDATALEN - 1)."""


def database_checks(planned: Planned) -> Iterator[Check]:
    """The name, the right to make a database, and whether the server knows its locale."""
    yield _name(planned)
    if planned.makes_database:
        yield _may_create(planned)
        yield _locale(planned)


def _name(planned: Planned) -> Check:
    name, is_there = planned.database, planned.there is not None
    if not name or len(name.encode()) > _LONGEST_NAME or "\0" in name:
        return Check(
            "name",
            CheckState.STOP,
            f"{name!r} can't be the name of a database",
            f"choose one of 1 to {_LONGEST_NAME} bytes",
        )
    if planned.kind in {TargetKind.SWAP, TargetKind.MERGE}:
        if is_there:
            return Check("name", CheckState.OK, f"database {name} is there")
        return Check(
            "name",
            CheckState.STOP,
            f"there is no database {name} on the server",
            "restore it as a new database of that name",
        )
    if is_there:
        return Check(
            "name",
            CheckState.STOP,
            f"there is a database {name} on the server already",
            "choose another name; to put it into its place, choose the swap",
        )
    return Check("name", CheckState.OK, f"the name {name} is free")


def _may_create(planned: Planned) -> Check:
    target = planned.target
    if target.may_create_databases:
        return Check("right to create", CheckState.OK, f"role {target.role} may create databases")
    return Check(
        "right to create",
        CheckState.STOP,
        f"role {target.role} may not create a database",
        f"ALTER ROLE {quoted_identifier(target.role)} CREATEDB, or restore as a role that may",
    )


def _locale(planned: Planned) -> Check:
    fingerprint, target = planned.manifest.fingerprint, planned.target
    if fingerprint.locale_provider == "i" and not target.has_icu:
        return Check(
            "locale",
            CheckState.STOP,
            "the database sorts by ICU, which this server was built without",
            "restore on a server with ICU",
        )
    # After LC_COLLATE and LC_CTYPE comes what only another provider uses.
    system = fingerprint.collation.split(" ")[:2]
    missing = sorted({each for each in system if not knows_locale(target, each)})
    if missing:
        return Check(
            "locale",
            CheckState.STOP,
            f"the server's operating system does not know the locale {', '.join(missing)}",
            "install it there (Debian: locale-gen), call pg_import_system_collations, and restart",
        )
    return Check("locale", CheckState.OK, f"the server knows {', '.join(sorted(set(system)))}")
