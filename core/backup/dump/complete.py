"""One complete archive out of an incremental's dump and the files of its ancestors.

pg_restore finds the rows of a table by the file's name in ``toc.dat``, followed by nothing or by
the suffix of a compression. Two dumps give their files the same names, so a file of an ancestor is
named after its backup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.backup.dump.archive_bytes import damaged
from core.backup.dump.table_of_contents import (
    TableOfContents,
    TocEntry,
    read_table_of_contents,
    write_table_of_contents,
)
from core.model.backup import Artifact, TableName
from core.model.fingerprint import SequenceValue
from core.postgres.text import python_codec

SUFFIXES = (".gz", ".lz4", ".zst")
"""What pg_dump adds to the names of compressed files, and pg_restore looks for."""

_ENCODING = re.compile(rb"client_encoding = '([^']+)'")
_SETVAL = re.compile(rb"setval\('(?:[^']|'')*', (-?\d+), (true|false)\)")


@dataclass(frozen=True, slots=True)
class CompleteArchive:
    """A ``toc.dat`` with everything, and the names of the ancestors' files in the archive."""

    table_of_contents: bytes
    file_names: dict[TableName, str]


def complete(
    own: bytes, parents: bytes, unchanged: Mapping[TableName, Artifact]
) -> CompleteArchive:
    """The ``toc.dat`` of an incremental, with the rows of tables that were not dumped again.

    ``own`` is the one that pg_dump wrote, ``parents`` the parent's complete one, and ``unchanged``
    says which of the parent's artifacts hold those tables' rows.

    Raises:
        BackupError: one of the two can't be read, or does not have such a table.
    """
    contents, earlier = read_table_of_contents(own), read_table_of_contents(parents)
    codec = encoding_of(earlier)
    entries = {_table(entry, codec): entry for entry in earlier.table_data().values()}
    added: dict[bytes, TocEntry] = {}
    names = {}
    for table, artifact in unchanged.items():
        entry = entries.get(table)
        if entry is None:
            raise damaged(f"the parent has no rows of {table.schema}.{table.name}")
        names[table] = name_in_archive(artifact)
        added[without_suffix(names[table]).encode()] = entry
    return CompleteArchive(write_table_of_contents(contents.with_data_of(added)), names)


def name_in_archive(artifact: Artifact) -> str:
    """The file's name in the archive of a descendant."""
    prefix = f"{artifact.backup_id}-"
    carried = artifact.file_name.startswith(prefix)
    return artifact.file_name if carried else prefix + artifact.file_name


def table_of_file(contents: TableOfContents) -> dict[str, TableName]:
    """Which table's rows are in which file; names of files without a compression's suffix."""
    codec = encoding_of(contents)
    return {
        (entry.file_name or b"").decode(): _table(entry, codec)
        for entry in contents.table_data().values()
    }


def sequence_values(contents: TableOfContents) -> tuple[SequenceValue, ...]:
    """The sequences' values in the archive.

    Sequences stand outside of snapshots, so that a fingerprint that was taken a moment earlier may
    tell other values than the dump holds.
    """
    codec = encoding_of(contents)
    values = []
    for entry in contents.entries:
        found = _SETVAL.search(entry.definition or b"")
        if entry.description == b"SEQUENCE SET" and found:
            table = _table(entry, codec)
            called = found[2] == b"true"
            values.append(SequenceValue(table.schema, table.name, int(found[1]), called))
    return tuple(sorted(values, key=lambda each: (each.schema, each.name)))


def encoding_of(contents: TableOfContents) -> str:
    """Python's codec for the texts of an archive."""
    for entry in contents.entries:
        found = _ENCODING.search(entry.definition or b"")
        if entry.description == b"ENCODING" and found:
            return python_codec(found[1].decode("ascii", "replace"))
    return "utf-8"


def _table(entry: TocEntry, codec: str) -> TableName:
    return TableName(
        (entry.namespace or b"").decode(codec, "replace"),
        (entry.tag or b"").decode(codec, "replace"),
    )


def without_suffix(name: str) -> str:
    """A file's name as the table of contents has it: without what tells its compression."""
    return next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name)
