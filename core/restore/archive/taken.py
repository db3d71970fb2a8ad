"""What of an archive a wish comes to, for a new database that has nothing yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.backup.dump.table_of_contents import TABLE, TableOfContents, TocEntry
from core.model.backup import TableName
from core.model.restore import RestoreWish
from core.restore.archive.choice import Choice, ForeignKey, choose

_WITH_ROWS = b"TABLE DATA"
_SEQUENCE_SET = b"SEQUENCE SET"


@dataclass(frozen=True, slots=True)
class Taken:
    """The entries that are restored, in order.

    ``listed`` are ``None`` where everything is taken. ``files`` are those with rows, ``None`` for
    all. ``tables`` and ``sequences`` are those whose content is restored, ``None`` for all.
    ``left_out`` are foreign keys of which only one side is there.
    """

    entries: tuple[TocEntry, ...]
    listed: tuple[TocEntry, ...] | None = None
    files: tuple[str, ...] | None = None
    tables: frozenset[TableName] | None = None
    sequences: frozenset[TableName] | None = None
    left_out: tuple[ForeignKey, ...] = ()

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
        return Taken(contents.entries, files=(), tables=nothing, sequences=nothing)
    choice = choose(
        contents, wish.tables, schemas=wish.schemas, schemas_with_rows=wish.rows, codec=codec
    )
    return _of_choice(choice, codec)


def _of_choice(choice: Choice, codec: str) -> Taken:
    there = {each.dump_id for each in choice.restored if each.description == TABLE}
    keys = [
        each
        for each in choice.foreign_keys
        if {each.table.dump_id, each.referenced.dump_id} <= there
    ]
    listed = (*choice.needed, *choice.restored, *(each.entry for each in keys))
    return Taken(
        entries=listed,
        listed=listed,
        files=choice.files,
        tables=_named(choice.restored, _WITH_ROWS, codec),
        sequences=_named(choice.restored, _SEQUENCE_SET, codec),
        left_out=tuple(each for each in choice.foreign_keys if each not in keys),
    )


def _named(entries: Sequence[TocEntry], description: bytes, codec: str) -> frozenset[TableName]:
    return frozenset(
        TableName((each.namespace or b"").decode(codec), (each.tag or b"").decode(codec))
        for each in entries
        if each.description == description
    )
