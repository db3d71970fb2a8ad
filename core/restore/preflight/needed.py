"""Whether what the archive refers to is on the server: extensions, tablespaces, rights."""

from __future__ import annotations

from collections.abc import Iterator

from core.model.restore import Check, CheckState
from core.restore.preflight.planned import Planned

_NAMES_TOLD = 5
_ONLY_SUPERUSERS = {
    b"EVENT TRIGGER": "event triggers",
    b"FOREIGN DATA WRAPPER": "foreign data wrappers",
    b"ACCESS METHOD": "access methods",
    b"OPERATOR CLASS": "operator classes",
    b"OPERATOR FAMILY": "operator families",
    b"SUBSCRIPTION": "subscriptions",
    b"TRANSFORM": "transforms",
}


def needed_checks(planned: Planned) -> Iterator[Check]:
    """What must be there before the archive's objects can be made, and what the archive has not."""
    yield _extensions(planned)
    yield _extension_rights(planned)
    yield _tablespaces(planned)
    yield _superuser(planned)
    yield from _warned(planned)


def _extensions(planned: Planned) -> Check:
    wanted = _wanted_extensions(planned)
    available = {each.name for each in planned.target.extensions}
    missing = sorted(wanted - available)
    if missing:
        return Check(
            "extensions",
            CheckState.STOP,
            f"the server does not have the extension {_listed(missing)}",
            "install its package on the server's host, or ask who hosts it; or choose tables"
            " that do without",
        )
    return Check("extensions", CheckState.OK, f"all {len(wanted)} can be had")


def _extension_rights(planned: Planned) -> Check:
    wanted, target = _wanted_extensions(planned), planned.target
    by_name: dict[str, bool] = {}
    for each in target.extensions:
        free = each.trusted or not each.superuser
        by_name[each.name] = by_name.get(each.name, False) or free
    refused = sorted(each for each in wanted if not by_name.get(each, True))
    if refused and not target.is_superuser:
        return Check(
            "rights on extensions",
            CheckState.STOP,
            f"role {target.role} may not create the extension {_listed(refused)}",
            "restore as a superuser (hosted servers: their administrator's role)",
        )
    return Check("rights on extensions", CheckState.OK, f"role {target.role} may create them")


def _tablespaces(planned: Planned) -> Check:
    wanted = {planned.text(each.tablespace) for each in planned.entries if each.tablespace}
    missing = sorted(wanted - planned.target.tablespaces)
    if missing:
        return Check(
            "tablespaces",
            CheckState.STOP,
            f"the tablespace {_listed(missing)} is not on the server",
            "make it there: CREATE TABLESPACE, or pgvigil restore plan --globals where its folder"
            " is there; or restore on a scratch server, which has the backup's",
        )
    return Check("tablespaces", CheckState.OK, "all are on the server")


def _superuser(planned: Planned) -> Check:
    kinds = {_ONLY_SUPERUSERS.get(each.description, "") for each in planned.entries} - {""}
    if kinds and not planned.target.is_superuser:
        return Check(
            "rights of a superuser",
            CheckState.WARNING,
            f"only a superuser may create {', '.join(sorted(kinds))}: they would be missing",
            "restore as a superuser, or go on without them",
        )
    return Check("rights of a superuser", CheckState.OK, "none are needed that are not there")


def _warned(planned: Planned) -> Iterator[Check]:
    if planned.manifest.warnings and planned.makes_database:
        yield Check(
            "what the backup lacks",
            CheckState.WARNING,
            "it came with warnings: " + "; ".join(planned.manifest.warnings),
            "make what is needed of that by hand after the restore",
        )


def _wanted_extensions(planned: Planned) -> set[str]:
    return {planned.text(each.tag) for each in planned.entries if each.description == b"EXTENSION"}


def _listed(names: list[str]) -> str:
    told, rest = ", ".join(names[:_NAMES_TOLD]), len(names) - _NAMES_TOLD
    return f"{told} and {rest} more" if rest > 0 else told
