"""Which entries of an archive belong to which: what goes with a table when it is restored.

pg_dump's dependencies say what an entry needs; they don't say whose it is. A foreign key needs two
tables and is a part of one; an index needs its table's parent index and is no part of that. How
pg_dump tags and links its entries: the ``dump…`` functions of PostgreSQL's ``pg_dump.c``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from core.backup.dump.table_of_contents import TableOfContents, TocEntry

RELATIONS = frozenset({b"TABLE", b"FOREIGN TABLE", b"VIEW", b"MATERIALIZED VIEW"})
FOREIGN_KEY = b"FK CONSTRAINT"
TABLE_ATTACH = b"TABLE ATTACH"
INDEX_ATTACH = b"INDEX ATTACH"

_SEQUENCE = b"SEQUENCE"
_SEQUENCE_OWNED_BY = b"SEQUENCE OWNED BY"
# The tag of these is the table's name, a space, and their own.
_NAMED_AFTER_TABLE = frozenset(
    {b"DEFAULT", b"CONSTRAINT", b"CHECK CONSTRAINT", FOREIGN_KEY, b"RULE", b"TRIGGER", b"POLICY"}
)
# Of the relations that these need, the first is theirs.
_OF_WHAT_THEY_NEED = frozenset(
    {
        b"TABLE DATA",
        b"MATERIALIZED VIEW DATA",
        b"STATISTICS DATA",
        b"INDEX",
        b"STATISTICS",
        b"ROW SECURITY",
        _SEQUENCE,
    }
)
# What these are about is the one thing that they need.
_ABOUT_ANOTHER = frozenset(
    {b"COMMENT", b"ACL", b"SECURITY LABEL", b"SEQUENCE SET", _SEQUENCE_OWNED_BY}
)


def owners(contents: TableOfContents) -> dict[int, int]:
    """The number of the entry to which an entry directly belongs, by its own number.

    What stands for itself, as a table does, is not in it. A partition does not belong to its
    parent: it can be restored alone.
    """
    by_id = {entry.dump_id: entry for entry in contents.entries}
    found: dict[int, int] = {}
    for entry in contents.entries:
        needed = [by_id[each] for each in dict.fromkeys(entry.dependencies) if each in by_id]
        found.update(_belonging(entry, needed))
    return found


def _belonging(entry: TocEntry, needed: list[TocEntry]) -> Iterator[tuple[int, int]]:
    relations = [each for each in needed if each.description in RELATIONS]
    if entry.description == _SEQUENCE_OWNED_BY and relations:
        yield entry.dump_id, relations[0].dump_id
        for sequence in needed:
            if sequence.description == _SEQUENCE:
                yield sequence.dump_id, relations[0].dump_id
    elif entry.description in _NAMED_AFTER_TABLE:
        yield from ((entry.dump_id, each.dump_id) for each in _namesake(entry, relations))
    elif entry.description in _OF_WHAT_THEY_NEED and relations:
        yield entry.dump_id, relations[0].dump_id
    elif entry.description in _ABOUT_ANOTHER and len(needed) == 1:
        yield entry.dump_id, needed[0].dump_id
    elif entry.description == TABLE_ATTACH:
        yield from ((entry.dump_id, each.dump_id) for each in relations if each.tag == entry.tag)
    elif entry.description == INDEX_ATTACH:
        yield from ((entry.dump_id, each.dump_id) for each in _named_index(entry, needed))


def _namesake(entry: TocEntry, relations: Iterable[TocEntry]) -> list[TocEntry]:
    """The relation whose name the entry's tag begins with; of "a" and "a b" the longer one."""
    tag = entry.tag or b""
    named = [
        each
        for each in relations
        if each.namespace == entry.namespace and tag.startswith((each.tag or b"") + b" ")
    ]
    return sorted(named, key=lambda each: len(each.tag or b""))[-1:]


def _named_index(entry: TocEntry, needed: Iterable[TocEntry]) -> Iterator[TocEntry]:
    """The index that is attached: one of its own, or one that a constraint made."""
    tag = entry.tag or b""
    for each in needed:
        is_index = each.description == b"INDEX" and each.tag == tag
        is_constraint = each.description == b"CONSTRAINT" and (each.tag or b"").endswith(b" " + tag)
        if is_index or is_constraint:
            yield each
            return


def parts_of(roots: Iterable[int], belongs_to: Mapping[int, int]) -> set[int]:
    """The roots, and what belongs to them, to that, and so on."""
    found = set(roots)
    belonging: dict[int, list[int]] = {}
    for part, owner in belongs_to.items():
        belonging.setdefault(owner, []).append(part)
    waiting = list(found)
    while waiting:
        new = set(belonging.get(waiting.pop(), ())) - found
        found |= new
        waiting.extend(new)
    return found
