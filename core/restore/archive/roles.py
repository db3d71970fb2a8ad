"""The roles that an archive names: who owns, who was granted, whom a policy is for.

An archive asks for roles that another server may not have. What it asks of those is taken out of a
table of contents here, statement by statement, as pg_dump writes them (``dumpACL`` and
``_printTocEntry`` in PostgreSQL's sources).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from core.backup.dump.table_of_contents import TableOfContents, TocEntry

_RIGHTS = frozenset({b"ACL", b"DEFAULT ACL"})
_POLICY = b"POLICY"
_PUBLIC = frozenset({"public", "current_user", "session_user", "current_role"})
_STATEMENT = re.compile(rb"""(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|[^;"'])+;\s*""")
_TOKEN = re.compile(rb'"(?:[^"]|"")*"|,|[^\s",;()]+')
_BEFORE_ROLES = frozenset({b"TO", b"FROM", b"ROLE", b"AUTHORIZATION", b"BY"})


@dataclass(frozen=True, slots=True)
class Lacking:
    """Roles that a target can't do without help.

    ``missing`` are not there. ``unowned`` can't be given objects: they are missing, or the role
    that restores may not act for them.
    """

    missing: frozenset[str] = frozenset()
    unowned: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.missing or self.unowned)


NOTHING_LACKS = Lacking()


def owners_of(entries: Iterable[TocEntry], codec: str) -> frozenset[str]:
    """The roles that own something."""
    return frozenset(each.owner.decode(codec, "replace") for each in entries if each.owner)


def granted_in(entries: Iterable[TocEntry], codec: str) -> frozenset[str]:
    """The roles that grants name: to whom, by whom, for whose objects."""
    return frozenset(
        role
        for each in entries
        if each.description in _RIGHTS
        for statement in statements_of(each.definition)
        for role in _roles_in(statement, codec)
    )


def policies_for(entries: Iterable[TocEntry], codec: str) -> frozenset[str]:
    """The roles that policies are for: without them such a policy can't be made."""
    return frozenset(
        role
        for each in entries
        if each.description == _POLICY
        for role in _roles_in((each.definition or b"").partition(b" USING (")[0], codec)
    )


def without_roles(contents: TableOfContents, lacking: Lacking, codec: str) -> TableOfContents:
    """The same archive asking for none of them: no owner there, and no grant."""
    return replace(
        contents,
        entries=tuple(_without(each, lacking, codec) for each in contents.entries),
    )


def _without(entry: TocEntry, lacking: Lacking, codec: str) -> TocEntry:
    if entry.owner and entry.owner.decode(codec, "replace") in lacking.unowned:
        entry = replace(entry, owner=b"")
    if entry.description in _RIGHTS and entry.definition:
        kept = b"".join(_kept(entry.definition, lacking.missing, codec))
        entry = replace(entry, definition=kept)
    return entry


def _kept(definition: bytes, missing: Collection[str], codec: str) -> Iterator[bytes]:
    """The statements that name no missing role, and stand in no missing role's name."""
    in_its_name = False
    for statement in statements_of(definition):
        if statement.startswith(b"RESET SESSION AUTHORIZATION"):
            if not in_its_name:
                yield statement
            in_its_name = False
            continue
        names_it = any(role in missing for role in _roles_in(statement, codec))
        if statement.startswith(b"SET SESSION AUTHORIZATION"):
            in_its_name = names_it
        if not names_it and not in_its_name:
            yield statement


def statements_of(definition: bytes | None) -> Iterator[bytes]:
    """The statements of an entry, each with its semicolon."""
    for found in _STATEMENT.finditer(definition or b""):
        yield found[0]


def _roles_in(statement: bytes, codec: str) -> Iterator[str]:
    """What stands where a role does; a quoted name of something else is one token, and is not."""
    comes = goes_on = False
    for found in _TOKEN.finditer(statement):
        token = found[0]
        if token == b",":
            comes = goes_on
            continue
        goes_on = comes
        if comes:
            name = _unquoted(token).decode(codec, "replace")
            if token.startswith(b'"') or name.lower() not in _PUBLIC:
                yield name
        comes = token in _BEFORE_ROLES


def _unquoted(token: bytes) -> bytes:
    return token[1:-1].replace(b'""', b'"') if token.startswith(b'"') else token
