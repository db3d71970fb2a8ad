"""Chosen tables in an archive: what is restored with them, and what they need to be there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.backup.dump.table_of_contents import TABLE, TableOfContents, TocEntry
from core.errors import BackupError
from core.model.backup import TableName
from core.model.restore import ChosenTable
from core.restore.archive.ownership import (
    FOREIGN_KEY,
    INDEX_ATTACH,
    RELATIONS,
    TABLE_ATTACH,
    owners,
    parts_of,
)

_ROWS = frozenset({b"TABLE DATA", b"MATERIALIZED VIEW DATA", b"SEQUENCE SET", b"STATISTICS DATA"})
_LISTED = frozenset({*RELATIONS, b"FUNCTION", b"PROCEDURE", b"TYPE", b"PUBLICATION TABLE"})


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key of which at least one side is chosen."""

    entry: TocEntry
    table: TocEntry
    referenced: TocEntry


@dataclass(frozen=True, slots=True)
class Choice:
    """What chosen tables come to; in the archive's order, unless it says otherwise.

    ``restored`` are the tables, their partitions, and all that belongs to them, without foreign
    keys; a partition of a table that is not chosen is attached last, when it has its own indexes:
    the target's table has indexes, too, and would make them a second time. ``needed`` must be on
    the target, or be restored before. ``dependents`` are views and whatever else stands on the
    tables: gone with them if they were dropped with CASCADE.
    """

    restored: tuple[TocEntry, ...]
    needed: tuple[TocEntry, ...]
    foreign_keys: tuple[ForeignKey, ...]
    dependents: tuple[TocEntry, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The files of an archive in directory format that have the rows."""
        named = (each.file_name for each in self.restored if each.file_name)
        return tuple(name.decode("ascii") for name in named)


def choose(
    contents: TableOfContents,
    wanted: Sequence[ChosenTable],
    *,
    schemas: Sequence[str] = (),
    schemas_with_rows: bool = True,
    codec: str = "utf-8",
) -> Choice:
    """What restoring the ``wanted`` tables, and all that is in ``schemas``, comes to.

    A partitioned table comes with its partitions. ``codec`` is Python's name of the database's
    encoding.

    Raises:
        BackupError: the archive does not have one of the tables or schemas.
    """
    archive = _Archive(contents)
    with_rows: set[int] = set()
    roots: set[int] = set()
    for each in wanted:
        family = archive.family(_find(contents, each.table, codec))
        roots |= family
        if each.with_rows:
            with_rows |= family
    for schema in schemas:
        inside = archive.schema(schema.encode(codec))
        if not inside:
            raise BackupError(
                f"The backup has no schema {schema}",
                why="it was not there when the backup was taken, or was left out of it",
                remedy="choose another moment, or look at the backup: pgvigil backup show",
            )
        roots |= inside
        if schemas_with_rows:
            with_rows |= inside
    return archive.choice(roots, with_rows)


def _find(contents: TableOfContents, table: TableName, codec: str) -> int:
    found = contents.tables().get((table.schema.encode(codec), table.name.encode(codec)))
    if found is None:
        raise BackupError(
            f"The backup has no table {table.schema}.{table.name}",
            why="it was not there when the backup was taken, or was left out of it",
            remedy="choose another moment, or look at the backup's tables",
        )
    return found.dump_id


class _Archive:
    def __init__(self, contents: TableOfContents) -> None:
        self._entries = contents.entries
        self._by_id: Mapping[int, TocEntry] = {each.dump_id: each for each in contents.entries}
        self._belongs_to = owners(contents)
        self._partitions: dict[int, list[int]] = {}
        for entry in contents.entries:
            child = self._belongs_to.get(entry.dump_id)
            if entry.description == TABLE_ATTACH and child is not None:
                for parent in set(entry.dependencies) - {child}:
                    self._partitions.setdefault(parent, []).append(child)

    def family(self, table: int) -> set[int]:
        """A table with its partitions, theirs, and so on."""
        found = {table}
        for partition in self._partitions.get(table, ()):
            found |= self.family(partition)
        return found

    def schema(self, name: bytes) -> set[int]:
        """What stands for itself in a schema, and the schema; empty where it is not there."""
        inside = {
            each.dump_id
            for each in self._entries
            if each.namespace == name and each.dump_id not in self._belongs_to
        }
        itself = {
            each.dump_id
            for each in self._entries
            if each.description == b"SCHEMA" and each.tag == name
        }
        return inside | itself

    def choice(self, roots: set[int], with_rows: set[int]) -> Choice:
        """What the tables in ``roots`` come to."""
        without = parts_of(roots - with_rows, self._belongs_to)
        kept = {
            each
            for each in parts_of(roots, self._belongs_to)
            if self._by_id[each].description != FOREIGN_KEY
            and not (self._by_id[each].description in _ROWS and each in without)
        }
        attached_alone = {each for each in kept if self._is_attached(each, TABLE_ATTACH, kept)}
        # Attaching the table finds and attaches the indexes that match.
        kept -= {each for each in kept if self._is_attached(each, INDEX_ATTACH, kept)}
        needed = self._closure(kept) - kept
        return Choice(
            restored=(
                *self._in_order(kept - attached_alone),
                *self._in_order(attached_alone),
            ),
            needed=self._in_order(needed),
            foreign_keys=self._foreign_keys(roots),
            dependents=self._in_order(self._dependents(kept)),
        )

    def _is_attached(self, entry_id: int, kind: bytes, kept: set[int]) -> bool:
        """Whether an entry attaches something to what is not restored here.

        Its tables tell: that of a primary key names the indexes above its own parent's, too.
        """
        entry = self._by_id[entry_id]
        if entry.description != kind:
            return False
        needed = (self._by_id[each] for each in entry.dependencies if each in self._by_id)
        return not {each.dump_id for each in needed if each.description == TABLE} <= kept

    def _closure(self, ids: Iterable[int]) -> set[int]:
        found: set[int] = set()
        waiting = list(ids)
        while waiting:
            current = waiting.pop()
            if current not in found and current in self._by_id:
                found.add(current)
                waiting.extend(self._by_id[current].dependencies)
        return found

    def _foreign_keys(self, roots: set[int]) -> tuple[ForeignKey, ...]:
        found = []
        for entry in self._entries:
            table = self._belongs_to.get(entry.dump_id)
            if entry.description != FOREIGN_KEY or table is None:
                continue
            tables = [
                self._by_id[each]
                for each in dict.fromkeys(entry.dependencies)
                if each in self._by_id and self._by_id[each].description == TABLE
            ]
            others = [each for each in tables if each.dump_id != table]
            referenced = others[0] if others else self._by_id[table]
            if {table, referenced.dump_id} & roots:
                found.append(ForeignKey(entry, self._by_id[table], referenced))
        return tuple(found)

    def _dependents(self, kept: set[int]) -> set[int]:
        needing: dict[int, list[int]] = {}
        for entry in self._entries:
            if entry.description not in {FOREIGN_KEY, INDEX_ATTACH, TABLE_ATTACH}:
                for each in entry.dependencies:
                    needing.setdefault(each, []).append(entry.dump_id)
        found: set[int] = set()
        waiting = list(kept)
        while waiting:
            for each in needing.get(waiting.pop(), ()):
                if each not in kept and each not in found:
                    found.add(each)
                    waiting.append(each)
        return {each for each in found if self._by_id[each].description in _LISTED}

    def _in_order(self, ids: set[int]) -> tuple[TocEntry, ...]:
        return tuple(each for each in self._entries if each.dump_id in ids)
