"""What an archive tells of the database itself: its owner, rights, settings, limits, comment.

pg_dump writes these entries for ``pg_restore --create``, under the name that the database had
(``dumpDatabase`` in PostgreSQL's ``pg_dump.c``); a new one is given them under its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from psycopg import sql

from core.backup.dump.table_of_contents import TableOfContents, TocEntry
from core.restore.archive.roles import Lacking, granted_in, statements_of, without_roles

_DATABASE = b"DATABASE"
_PROPERTIES = b"DATABASE PROPERTIES"
_RIGHTS = b"ACL"
_SAID_OF_IT = frozenset({_RIGHTS, b"COMMENT", b"SECURITY LABEL"})
_PART = re.compile(r""""(?:[^"]|"")*"|'(?:[^']|'')*'|[^\s"';]+|[\s;]+""")
_TO_ALL = "GRANT CONNECT, TEMPORARY ON DATABASE {} TO PUBLIC"
_NO_COMMENT = "COMMENT ON DATABASE {} IS NULL"


@dataclass(frozen=True, slots=True)
class Own:
    """Statements that make a new database what the backed up one was.

    ``settings`` each stand for themselves, limits are among them. ``owner`` is empty where it is
    not given; ``rights`` begin with those of any new database. ``comment`` is at least the
    statement that takes the restore's own mark away. ``left_out`` says what the target lacks a
    role for.
    """

    settings: tuple[str, ...] = ()
    owner: str = ""
    rights: tuple[str, ...] = ()
    comment: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def commands(self) -> tuple[str, ...]:
        """All of them, in their order."""
        given = (self.owner,) if self.owner else ()
        return (*self.settings, *given, *self.rights, self.comment)


def as_any_new(name: str) -> Own:
    """What a database is given of which no archive tells."""
    return Own(rights=(_filled(_TO_ALL, name),), comment=_filled(_NO_COMMENT, name))


def roles_of_it(contents: TableOfContents, codec: str) -> frozenset[str]:
    """The roles that it names: whose the database is, who has rights on it, or settings in it."""
    entries = _entries(contents)
    owners = {_text(each.owner, codec) for each in entries if each.description == _DATABASE}
    granted = granted_in(entries, codec)
    return granted.union(owners, (role for role, _ in _settings(entries, codec))) - {""}


def own_of(
    contents: TableOfContents, codec: str, name: str, lacking: Lacking, *, owners: bool
) -> Own:
    """What gives the database ``name`` all of it that asks for no role that is ``lacking``.

    Without ``owners`` it stays with the role that restores.
    """
    entries = _entries(contents)
    kept = without_roles(replace(contents, entries=entries), lacking, codec)
    settings = tuple(_settings(entries, codec))
    rights = tuple(_said(kept.entries, _RIGHTS, codec))
    comments = tuple(_said(entries, b"COMMENT", codec))
    owner = next((_text(e.owner, codec) for e in entries if e.description == _DATABASE), "")
    is_given = bool(owner) and owners and owner not in lacking.unowned
    database = sql.Identifier(name)
    give = sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, sql.Identifier(owner))
    plain = as_any_new(name)
    return Own(
        settings=(
            *(_renamed(text, name) for role, text in settings if role not in lacking.missing),
            *(_renamed(each, name) for each in _said(entries, b"SECURITY LABEL", codec)),
        ),
        owner=give.as_string() if is_given else "",
        rights=(*plain.rights, *(_renamed(each, name) for each in rights)),
        comment=_renamed(comments[0], name) if comments else plain.comment,
        left_out=tuple(_left_out(entries, codec, lacking, owner if owners else "")),
    )


def _left_out(
    entries: tuple[TocEntry, ...], codec: str, lacking: Lacking, owner: str
) -> Iterator[str]:
    if owner and owner in lacking.unowned:
        yield f"the database belongs to the role that restores, and not to {owner}"
    for role in sorted(granted_in(entries, codec) & lacking.missing):
        yield f"the database's grants to {role} are left out: there is no such role"
    for role in sorted({role for role, _ in _settings(entries, codec)} & lacking.missing):
        yield f"the settings of {role} in the database are left out: there is no such role"


def _entries(contents: TableOfContents) -> tuple[TocEntry, ...]:
    """The database's own entry, and those that are about it."""
    # Its properties name it by their tag alone.
    ids = {
        each.dump_id for each in contents.entries if each.description in {_DATABASE, _PROPERTIES}
    }
    return tuple(
        each
        for each in contents.entries
        if each.dump_id in ids
        or (each.description in _SAID_OF_IT and ids.intersection(each.dependencies))
    )


def _said(entries: tuple[TocEntry, ...], kind: bytes, codec: str) -> Iterator[str]:
    for each in entries:
        if each.description == kind:
            for statement in statements_of(each.definition):
                yield statement.decode(codec, "replace").strip().removesuffix(";")


def _settings(entries: tuple[TocEntry, ...], codec: str) -> Iterator[tuple[str, str]]:
    """Each statement, and the role that it is for; none where it is for all."""
    for text in _said(entries, _PROPERTIES, codec):
        parts = [part for part in _PART.findall(text) if not part.isspace()]
        yield (_plain(parts[2]) if parts[:2] == ["ALTER", "ROLE"] else ""), text


def _renamed(statement: str, name: str) -> str:
    """The statement about the database ``name``: its name follows the first word DATABASE."""
    parts = _PART.findall(statement)
    if "DATABASE" not in parts:
        return statement
    parts[parts.index("DATABASE") + 2] = sql.Identifier(name).as_string()
    return "".join(parts)


def _filled(statement: str, name: str) -> str:
    return statement.format(sql.Identifier(name).as_string())


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _text(value: bytes | None, codec: str) -> str:
    return (value or b"").decode(codec, "replace")
