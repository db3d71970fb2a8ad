"""What of an archive a wish comes to, for a new database that has nothing yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.backup.dump.table_of_contents import TABLE, TableOfContents, TocEntry
from core.model.backup import TableName
from core.model.restore import RestoreWish
from core.restore.archive.choice import Choice, ForeignKey, choose
from core.restore.archive.ownership import INDEX_ATTACH

_WITH_ROWS = b"TABLE DATA"
_SEQUENCE = b"SEQUENCE"
_SEQUENCE_SET = b"SEQUENCE SET"


@dataclass(frozen=True, slots=True)
class Taken:
    """The entries that are restored, in order.

    ``listed`` are ``None`` where everything is taken. ``files`` are those with rows, ``None`` for
    all. ``tables`` and ``sequences`` are those whose content is restored, ``None`` for all.
    ``left_out`` are foreign keys of which only one side is there. ``without_rows`` are tables that
    were not chosen, and come because what was chosen needs them; ``empty`` are all whose rows don't
    come.
    """

    entries: tuple[TocEntry, ...]
    listed: tuple[TocEntry, ...] | None = None
    files: tuple[str, ...] | None = None
    tables: frozenset[TableName] | None = None
    sequences: frozenset[TableName] | None = None
    left_out: tuple[ForeignKey, ...] = ()
    without_rows: tuple[TableName, ...] = ()
    empty: frozenset[TableName] = frozenset()

    @property
    def is_everything(self) -> bool:
        """Whether nothing of the archive is left out."""
        return self.listed is None and self.files is None


def taken(contents: TableOfContents, wish: RestoreWish, codec: str) -> Taken:
    """What ``wish`` comes to; with chosen tables and schemas all that they need.

    Raises:
        BackupError: the archive lacks a table or schema that is wanted.
    """
    if not wish.tables and not wish.schemas:
        if wish.rows:
            return Taken(contents.entries)
        nothing: frozenset[TableName] = frozenset()
        return Taken(
            contents.entries,
            files=(),
            tables=nothing,
            sequences=nothing,
            empty=_named(contents.entries, TABLE, codec),
        )
    choice = choose(
        contents, wish.tables, schemas=wish.schemas, schemas_with_rows=wish.rows, codec=codec
    )
    return _of_choice(choice, contents, codec, rows=wish.rows)


def _of_choice(choice: Choice, contents: TableOfContents, codec: str, *, rows: bool) -> Taken:
    there = {each.dump_id for each in choice.restored if each.description == TABLE}
    keys, left_out = list[ForeignKey](), list[ForeignKey]()
    for each in choice.foreign_keys:
        has_both = {each.table.dump_id, each.referenced.dump_id} <= there
        (keys if has_both else left_out).append(each)
    sets = _sets(choice, contents) if rows else ()
    listed = _whole(
        (*choice.needed, *choice.restored, *sets, *(each.entry for each in keys)), contents
    )
    with_rows = _named(choice.restored, _WITH_ROWS, codec)
    return Taken(
        entries=listed,
        listed=listed,
        files=choice.files,
        tables=with_rows,
        sequences=_named((*choice.restored, *sets), _SEQUENCE_SET, codec),
        left_out=tuple(left_out),
        without_rows=_empty(choice, codec) if rows else (),
        empty=_named(listed, TABLE, codec) - with_rows,
    )


def _whole(chosen: Sequence[TocEntry], contents: TableOfContents) -> tuple[TocEntry, ...]:
    """In the archive's order, and partitions' indexes attached to those that come with them.

    Nothing is there before, so what a partition is attached to is as new as it is.
    """
    ids = {each.dump_id for each in chosen}
    ids |= {
        each.dump_id
        for each in contents.entries
        if each.description == INDEX_ATTACH and ids.issuperset(each.dependencies)
    }
    return tuple(each for each in contents.entries if each.dump_id in ids)


def _empty(choice: Choice, codec: str) -> tuple[TableName, ...]:
    """The tables that come without their rows."""
    named = _named(choice.needed, TABLE, codec)
    return tuple(sorted(named, key=lambda each: (each.schema, each.name)))


def _sets(choice: Choice, contents: TableOfContents) -> tuple[TocEntry, ...]:
    """What sets sequences that belong to no chosen table, and give one its numbers."""
    needed = {each.dump_id for each in choice.needed if each.description == _SEQUENCE}
    return tuple(
        each
        for each in contents.entries
        if each.description == _SEQUENCE_SET and needed & set(each.dependencies)
    )


def _named(entries: Sequence[TocEntry], description: bytes, codec: str) -> frozenset[TableName]:
    return frozenset(
        TableName((each.namespace or b"").decode(codec), (each.tag or b"").decode(codec))
        for each in entries
        if each.description == description
    )
