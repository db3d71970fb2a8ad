"""Whether an archive's table of contents, its files and the fingerprint tell of the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from core.backup.dump.complete import SUFFIXES, encoding_of
from core.backup.dump.table_of_contents import TABLE_DATA, TableOfContents, TocEntry
from core.model.backup import Artifact, ArtifactRole, BackupKind, Manifest, TableName

_LARGE_OBJECTS = {b"BLOBS"}
_ENCODING = re.compile(rb"client_encoding = '([^']+)'")
_OF_ARCHIVE = {
    ArtifactRole.TABLE_DATA,
    ArtifactRole.LARGE_OBJECTS,
}


def archive_problems(contents: TableOfContents, manifest: Manifest) -> Iterator[str]:
    """What does not fit between the entries, and between them and the fingerprint."""
    yield from _entry_problems(contents)
    yield from _fingerprint_problems(contents, manifest)


def file_problems(
    contents: TableOfContents, manifest: Manifest, lists: Mapping[str, bytes]
) -> Iterator[str]:
    """What does not fit between the entries of a directory's archive and its files.

    ``lists`` are the contents of the files that list large objects, by their names.
    """
    files = [each for each in manifest.artifacts if each.role in _OF_ARCHIVE]
    names = Counter(_bare(each.file_name) for each in files)
    yield from (f"two files are named {name}" for name, count in names.items() if count > 1)
    codec = encoding_of(contents)
    wanted = {}
    for entry in contents.entries:
        if entry.file_name:
            wanted[entry.file_name.decode("utf-8", "replace")] = _told(entry, codec)
        elif entry.has_data:
            yield f"the entry of {_told(entry, codec)} names no file"
    for name, content in lists.items():
        yield from _list_problems(name, content, wanted)
    for name, owner in wanted.items():
        if name not in names:
            yield f"the file {name} with {owner} is not among the artifacts"
    for name in names.keys() - wanted.keys():
        yield f"nothing in the table of contents wants the file {name}"
    yield from _table_problems(contents, files, codec)


def large_object_lists(contents: TableOfContents) -> frozenset[str]:
    """The names of the files that list large objects."""
    return frozenset(
        (entry.file_name or b"").decode("utf-8", "replace")
        for entry in contents.entries
        if entry.description in _LARGE_OBJECTS and entry.file_name
    )


def _entry_problems(contents: TableOfContents) -> Iterator[str]:
    """Numbers are unique, and the rows of a table depend on its definition."""
    numbers = Counter(entry.dump_id for entry in contents.entries)
    yield from (f"two entries have the number {n}" for n, count in numbers.items() if count > 1)
    tables = contents.tables()
    if not tables:
        return  # an archive of rows alone defines nothing
    codec = encoding_of(contents)
    for name, entry in contents.table_data().items():
        table = tables.get(name)
        if table is None:
            yield f"the table of {_told(entry, codec)} is not defined"
        elif table.dump_id not in entry.dependencies:
            yield f"{_told(entry, codec)} would be restored before its table"


def _fingerprint_problems(contents: TableOfContents, manifest: Manifest) -> Iterator[str]:
    """The tables whose rows were counted are those whose rows are in the archive."""
    codec = encoding_of(contents)
    if manifest.kind is BackupKind.SCHEMA:
        for entry in contents.entries:
            if entry.has_data:
                yield f"a backup of the schema alone has {_told(entry, codec)}"
        return
    dumped = {_table(entry, codec) for entry in contents.table_data().values()}
    counted = {TableName(each.schema, each.name) for each in manifest.fingerprint.tables}
    yield from (f"the rows of {told(each)} are not in the archive" for each in counted - dumped)
    yield from (f"the fingerprint does not know {told(each)}" for each in dumped - counted)
    encoding = _encoding(contents)
    if encoding and encoding != manifest.fingerprint.encoding:
        yield f"the archive is in {encoding}, the database was in {manifest.fingerprint.encoding}"


def _table_problems(
    contents: TableOfContents, files: Iterable[Artifact], codec: str
) -> Iterator[str]:
    """A file is said to be of the table whose entry names it."""
    tables = {
        (entry.file_name or b"").decode("utf-8", "replace"): _table(entry, codec)
        for entry in contents.entries
        if entry.description == TABLE_DATA
    }
    for each in files:
        table = tables.get(_bare(each.file_name))
        if (each.role is ArtifactRole.TABLE_DATA) != (table is not None):
            yield f"{each.file_name} is stored as {each.role}, and is not that"
        elif table is not None and each.table != table:
            whose = told(each.table) if each.table else "no table"
            yield f"{each.file_name} is stored as of {whose}, and is of {told(table)}"


def _list_problems(name: str, content: bytes, wanted: dict[str, str]) -> Iterator[str]:
    """Add the files of the large objects in a list: a number and a file's name a line."""
    for line in content.decode("utf-8", "replace").splitlines():
        number, _, file = line.partition(" ")
        if not number.isdecimal() or not file:
            yield f"{name} has a line that tells of no large object"
        else:
            wanted[_bare(file)] = f"large object {number}"


def _encoding(contents: TableOfContents) -> str:
    for entry in contents.entries:
        found = _ENCODING.search(entry.definition or b"")
        if entry.description == b"ENCODING" and found:
            return found[1].decode("ascii", "replace")
    return ""


def _bare(name: str) -> str:
    return next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name)


def _table(entry: TocEntry, codec: str) -> TableName:
    return TableName(
        (entry.namespace or b"").decode(codec, "replace"),
        (entry.tag or b"").decode(codec, "replace"),
    )


def _told(entry: TocEntry, codec: str) -> str:
    if entry.description == TABLE_DATA:
        return f"the rows of {told(_table(entry, codec))}"
    tag = (entry.tag or b"").decode(codec, "replace")
    return f"{entry.description.decode('ascii', 'replace').lower()} {tag}".strip()


def told(table: TableName) -> str:
    """A table as people read it."""
    return f"{table.schema}.{table.name}"
