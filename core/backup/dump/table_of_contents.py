"""``toc.dat`` of a pg_dump archive in directory format: read, extended, written.

An incremental leaves out the data of unchanged tables. Their entries are added here again, so that
what is stored is an ordinary archive for pg_restore. The layout is that of ``WriteHead`` and
``WriteToc`` in PostgreSQL's ``pg_backup_archiver.c``, archive versions 1.14 (PostgreSQL 12) to
1.16 (PostgreSQL 17 and 18).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.backup.dump.archive_bytes import ArchiveReader, ArchiveWriter, damaged

TABLE_DATA = b"TABLE DATA"
TABLE = b"TABLE"

_MAGIC = b"PGDMP"
_OLDEST, _NEWEST = (1, 14), (1, 16)
_COMPRESSION_IS_A_BYTE = (1, 15)
_HAS_RELKIND = (1, 16)
_TIME_PARTS = 7
_SECTION_POST_DATA = 4


@dataclass(frozen=True, slots=True)
class TocEntry:
    """One entry: an object's definition, or the data of a table.

    Strings are bytes in the database's encoding; ``None`` where there is none. ``dependencies``
    are the numbers of entries that must be restored before.
    """

    dump_id: int
    has_data: bool
    table_oid: bytes
    oid: bytes
    tag: bytes | None
    description: bytes
    section: int
    definition: bytes | None
    drop_statement: bytes | None
    copy_statement: bytes | None
    namespace: bytes | None
    tablespace: bytes | None
    table_access_method: bytes | None
    relkind: int
    owner: bytes | None
    with_oids: bytes | None
    dependencies: tuple[int, ...]
    file_name: bytes | None

    @property
    def is_after_data(self) -> bool:
        """Whether it is made once all rows are in: indexes, constraints, triggers."""
        return self.section == _SECTION_POST_DATA


@dataclass(frozen=True, slots=True)
class TableOfContents:
    """An archive's head, kept as it is, and its entries in their order."""

    version: tuple[int, int]
    int_size: int
    head: bytes
    entries: tuple[TocEntry, ...]

    def table_data(self) -> dict[tuple[bytes, bytes], TocEntry]:
        """The entries with tables' data, by schema and name."""
        return self._by_name(TABLE_DATA)

    def tables(self) -> dict[tuple[bytes, bytes], TocEntry]:
        """The entries that define tables, by schema and name."""
        return self._by_name(TABLE)

    def _by_name(self, description: bytes) -> dict[tuple[bytes, bytes], TocEntry]:
        return {
            (entry.namespace or b"", entry.tag or b""): entry
            for entry in self.entries
            if entry.description == description
        }

    def with_data_of(self, unchanged: dict[bytes, TocEntry]) -> TableOfContents:
        """This one with the data of unchanged tables, as another archive's entries tell of it.

        ``unchanged`` has the entries of the other archive by the name that their file bears here.

        Raises:
            BackupError: a table of those is not defined in this archive.
        """
        tables = self.tables()
        free = max((entry.dump_id for entry in self.entries), default=0) + 1
        added = []
        for number, (file_name, entry) in enumerate(unchanged.items()):
            table = tables.get((entry.namespace or b"", entry.tag or b""))
            if table is None:
                name = (entry.tag or b"").decode("utf-8", "replace")
                raise damaged(f"the table {name} is unchanged, but not in this dump")
            added.append(
                replace(
                    entry,
                    dump_id=free + number,
                    table_oid=table.table_oid,
                    oid=table.oid,
                    owner=table.owner,
                    dependencies=(table.dump_id,),
                    file_name=file_name,
                )
            )
        place = self._end_of_data()
        entries = (*self.entries[:place], *added, *self.entries[place:])
        return replace(self, entries=entries)

    def _end_of_data(self) -> int:
        """Where data ends: pg_restore without workers goes by the order of the entries."""
        for index, entry in enumerate(self.entries):
            if entry.is_after_data:
                return index
        return len(self.entries)


def read_table_of_contents(content: bytes) -> TableOfContents:
    """What the bytes of ``toc.dat`` say.

    Raises:
        BackupError: they are no table of contents, are cut, or are of an unknown version.
    """
    reader = ArchiveReader(content)
    version, _ = _read_head(reader)
    head = content[: reader.position]
    count = reader.integer()
    entries = tuple(_read_entry(reader, version, reader.string) for _ in range(count))
    if not reader.is_at_end:
        raise damaged("something follows its last entry")
    return TableOfContents(version, reader.int_size, head, entries)


def read_start_of_archive(content: bytes) -> TableOfContents:
    """What the beginning of an archive in custom format says; the tables' rows follow it.

    Raises:
        BackupError: it is none, is of an unknown version, or ``content`` ends before its entries.
    """
    reader = ArchiveReader(content)
    version, offset_size = _read_head(reader)
    head = content[: reader.position]

    def no_file() -> None:
        """In place of a file's name: whether it is known where the rows begin, and where."""
        reader.take(1 + offset_size)

    count = reader.integer()
    entries = tuple(_read_entry(reader, version, no_file) for _ in range(count))
    return TableOfContents(version, reader.int_size, head, entries)


def _read_head(reader: ArchiveReader) -> tuple[tuple[int, int], int]:
    """The archive's version, and how many bytes a place in it takes."""
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise damaged("it does not begin as one")
    version = (reader.byte(), reader.byte())
    reader.byte()
    if not _OLDEST <= version <= _NEWEST:
        raise damaged(f"it is of version {version[0]}.{version[1]}, which is not known here")
    reader.int_size = reader.byte()
    offset_size = reader.byte()
    reader.byte()
    if version >= _COMPRESSION_IS_A_BYTE:
        reader.byte()
    else:
        reader.integer()
    for _ in range(_TIME_PARTS):
        reader.integer()
    for _ in range(3):
        reader.string()
    return version, offset_size


def write_table_of_contents(contents: TableOfContents) -> bytes:
    """The bytes of ``toc.dat``."""
    writer = ArchiveWriter(contents.int_size)
    writer.raw(contents.head)
    writer.integer(len(contents.entries))
    for entry in contents.entries:
        _write_entry(writer, entry, contents.version)
    return writer.finished()


def _read_entry(
    reader: ArchiveReader, version: tuple[int, int], file_name: Callable[[], bytes | None]
) -> TocEntry:
    return TocEntry(
        dump_id=reader.integer(),
        has_data=reader.integer() != 0,
        table_oid=reader.string() or b"",
        oid=reader.string() or b"",
        tag=reader.string(),
        description=reader.string() or b"",
        section=reader.integer(),
        definition=reader.string(),
        drop_statement=reader.string(),
        copy_statement=reader.string(),
        namespace=reader.string(),
        tablespace=reader.string(),
        table_access_method=reader.string(),
        relkind=reader.integer() if version >= _HAS_RELKIND else 0,
        owner=reader.string(),
        with_oids=reader.string(),
        dependencies=_read_dependencies(reader),
        file_name=file_name(),
    )


def _read_dependencies(reader: ArchiveReader) -> tuple[int, ...]:
    found = []
    while (text := reader.string()) is not None:
        found.append(int(text))
    return tuple(found)


def _write_entry(writer: ArchiveWriter, entry: TocEntry, version: tuple[int, int]) -> None:
    writer.integer(entry.dump_id)
    writer.integer(int(entry.has_data))
    writer.string(entry.table_oid)
    writer.string(entry.oid)
    writer.string(entry.tag)
    writer.string(entry.description)
    writer.integer(entry.section)
    writer.string(entry.definition)
    writer.string(entry.drop_statement)
    writer.string(entry.copy_statement)
    writer.string(entry.namespace)
    writer.string(entry.tablespace)
    writer.string(entry.table_access_method)
    if version >= _HAS_RELKIND:
        writer.integer(entry.relkind)
    writer.string(entry.owner)
    writer.string(entry.with_oids)
    for dependency in entry.dependencies:
        writer.string(str(dependency).encode())
    writer.string(None)
    writer.string(entry.file_name)
