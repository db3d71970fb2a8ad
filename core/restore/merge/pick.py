"""Which entries of an archive a merge takes, by what is there already: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.backup.dump.table_of_contents import TABLE, TableOfContents, TocEntry
from core.model.backup import TableName
from core.model.restore import ChosenTable
from core.restore.archive.choice import Choice, ForeignKey, choose
from core.restore.archive.ownership import RELATIONS, owners, parts_of
from core.restore.merge.live import LiveDatabase
from core.restore.merge.staging import ToStage, to_stage

PUBLICATION_TABLE = b"PUBLICATION TABLE"
_IN_RELATIONS = frozenset({*RELATIONS, b"SEQUENCE", b"INDEX"})
_TYPES = frozenset({b"TYPE", b"DOMAIN", b"SHELL TYPE"})
_ROUTINES = frozenset({b"FUNCTION", b"PROCEDURE", b"AGGREGATE"})
_ROWS_OF_OTHERS = frozenset({TABLE, b"FOREIGN TABLE"})
# Without these a table is whole and its rows are safe; each may fail alone, and that is told.
_MAY_FAIL = frozenset({b"ACL", b"POLICY", b"SECURITY LABEL"})


@dataclass(frozen=True, slots=True)
class MissingTables:
    """Chosen tables that are not there, and all that is made with them; in the archive's order.

    ``made`` goes in as a whole or not at all: what the tables need and is missing, the tables and
    what belongs to them. ``may_fail`` is tried one by one. ``foreign_keys`` have both sides;
    ``left_out`` lack one. ``needs_tables`` are missing, and not chosen. ``in_the_way`` are
    relations that bear a name that is to be made. ``dependents`` stood on the tables, and are gone;
    ``tables_gone`` did so, too, as those do that inherit, and come back only where they are chosen.
    """

    tables: tuple[TocEntry, ...] = ()
    needed: tuple[TocEntry, ...] = ()
    made: tuple[TocEntry, ...] = ()
    may_fail: tuple[TocEntry, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    left_out: tuple[ForeignKey, ...] = ()
    needs_tables: tuple[TocEntry, ...] = ()
    in_the_way: tuple[TocEntry, ...] = ()
    dependents: tuple[TocEntry, ...] = ()
    tables_gone: tuple[TocEntry, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def entries(self) -> tuple[TocEntry, ...]:
        """All that would be made."""
        return (*self.made, *self.may_fail, *(each.entry for each in self.foreign_keys))


@dataclass(frozen=True, slots=True)
class Picked:
    """What a merge does: makes what is ``missing``, and merges rows into what is ``existing``."""

    missing: MissingTables
    existing: tuple[ToStage, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The files of an archive in directory format that have the rows."""
        return (*self.missing.files, *(name for each in self.existing for name in each.files))

    @property
    def those_there(self) -> frozenset[ChosenTable]:
        """The chosen tables that are there."""
        return frozenset(each.chosen for each in self.existing)


def pick(
    contents: TableOfContents,
    wanted: Sequence[ChosenTable],
    live: LiveDatabase,
    *,
    codec: str,
    dependents: bool = False,
) -> Picked:
    """What merging the ``wanted`` tables into ``live`` comes to.

    Raises:
        BackupError: the backup lacks one of them.
    """
    choose(contents, wanted, codec=codec)
    existing = tuple(
        to_stage(contents, each, live.tables[_key(each.table)], codec=codec)
        for each in wanted
        if _key(each.table) in live.tables
    )
    missing = [each for each in wanted if _key(each.table) not in live.tables]
    if not missing:
        return Picked(MissingTables(), existing)
    choice = choose(contents, missing, codec=codec)
    return Picked(_Missing(contents, live, codec).of(choice, dependents=dependents), existing)


def is_there(entry: TocEntry, live: LiveDatabase, codec: str) -> bool:
    """Whether an entry's object is in the database; of what is not looked for it is taken so."""
    schema, name = (_text(each, codec) for each in (entry.namespace, entry.tag))
    kind = entry.description
    if kind in _IN_RELATIONS:
        return (schema, name) in live.relations
    if kind in _TYPES:
        return (schema, name) in live.types
    if kind in _ROUTINES:
        return (schema, name) in live.routines
    named = {
        b"COLLATION": (schema, name) in live.collations,
        b"CONSTRAINT": (schema, name) in live.constraints,
        b"SCHEMA": name in live.schemas,
        b"EXTENSION": name in live.extensions,
        b"PUBLICATION": name in live.publications,
    }
    return named.get(kind, True)


def _may_fail(entry: TocEntry) -> bool:
    """Whether nobody sees or may do more without it than with it."""
    is_restrictive = b" AS RESTRICTIVE " in (entry.definition or b"")
    return entry.description in _MAY_FAIL and not (
        entry.description == b"POLICY" and is_restrictive
    )


def _key(table: TableName) -> tuple[str, str]:
    return table.schema, table.name


def _text(value: bytes | None, codec: str) -> str:
    return (value or b"").decode(codec, "replace")


class _Missing:
    def __init__(self, contents: TableOfContents, live: LiveDatabase, codec: str) -> None:
        self._entries = contents.entries
        self._by_id = {each.dump_id: each for each in contents.entries}
        self._belongs_to = owners(contents)
        self._live = live
        self._codec = codec

    def of(self, choice: Choice, *, dependents: bool) -> MissingTables:
        restored = {each.dump_id for each in choice.restored}
        lacking = [each for each in choice.needed if not self._is_there(each)]
        of_others = [each for each in lacking if each.description in _ROWS_OF_OTHERS]
        needed = self._with_parts([each for each in lacking if each not in of_others]) - restored
        gone = [
            each
            for each in choice.dependents
            if each.description not in _ROWS_OF_OTHERS
            and each.description != PUBLICATION_TABLE
            and not self._is_there(each)
        ]
        published = [
            each
            for each in choice.dependents
            if each.description == PUBLICATION_TABLE and self._can_be_published(each, restored)
        ]
        further = self._gone(gone) - restored - needed if dependents else set()
        in_order = (*self._in_order(needed), *choice.restored)
        keys, left_out = self._foreign_keys(choice.foreign_keys, restored)
        return MissingTables(
            tables=tuple(each for each in choice.restored if each.description == TABLE),
            needed=tuple(each for each in lacking if each not in of_others),
            made=tuple(each for each in in_order if not _may_fail(each)),
            may_fail=(
                *(each for each in in_order if _may_fail(each)),
                *published,
                *self._in_order(further),
            ),
            foreign_keys=keys,
            left_out=left_out,
            needs_tables=tuple(of_others),
            in_the_way=tuple(
                each
                for each in choice.restored
                if each.description in _IN_RELATIONS and self._is_there(each)
            ),
            dependents=tuple(gone),
            tables_gone=tuple(
                each
                for each in choice.dependents
                if each.description in _ROWS_OF_OTHERS and not self._is_there(each)
            ),
            files=choice.files,
        )

    def _is_there(self, entry: TocEntry) -> bool:
        return is_there(entry, self._live, self._codec)

    def _with_parts(self, entries: Iterable[TocEntry]) -> set[int]:
        return parts_of((each.dump_id for each in entries), self._belongs_to)

    def _gone(self, entries: Sequence[TocEntry]) -> set[int]:
        """What went with the tables, and what that needs and is missing, too."""
        waiting = [each.dump_id for each in entries]
        found: set[int] = set()
        while waiting:
            current = self._by_id.get(waiting.pop())
            if current is None or current.dump_id in found or self._is_there(current):
                continue
            if current.description not in _ROWS_OF_OTHERS:
                found.add(current.dump_id)
                waiting.extend(current.dependencies)
        return parts_of(found, self._belongs_to)

    def _can_be_published(self, entry: TocEntry, restored: set[int]) -> bool:
        needed = [self._by_id[each] for each in entry.dependencies if each in self._by_id]
        return any(each.dump_id in restored for each in needed) and all(
            each.dump_id in restored or self._is_there(each) for each in needed
        )

    def _foreign_keys(
        self, keys: Sequence[ForeignKey], restored: set[int]
    ) -> tuple[tuple[ForeignKey, ...], tuple[ForeignKey, ...]]:
        made: list[ForeignKey] = []
        left_out: list[ForeignKey] = []
        for key in keys:
            if is_there(_as_constraint(key), self._live, self._codec):
                continue
            sides = (key.table, key.referenced)
            both = all(each.dump_id in restored or self._is_there(each) for each in sides)
            (made if both else left_out).append(key)
        return tuple(made), tuple(left_out)

    def _in_order(self, ids: set[int]) -> tuple[TocEntry, ...]:
        return tuple(each for each in self._entries if each.dump_id in ids)


def _as_constraint(key: ForeignKey) -> TocEntry:
    return replace(key.entry, description=b"CONSTRAINT")
