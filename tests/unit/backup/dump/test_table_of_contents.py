"""pg_dump's table of contents: read, extended and written, in each of its versions."""

from __future__ import annotations

import pytest

from core.backup.dump.archive_bytes import ArchiveReader, ArchiveWriter
from core.backup.dump.complete import complete, encoding_of, sequence_values, table_of_file
from core.backup.dump.table_of_contents import (
    TableOfContents,
    TocEntry,
    read_table_of_contents,
    write_table_of_contents,
)
from core.errors import BackupError
from core.model.backup import Artifact, ArtifactRole, TableName
from core.model.fingerprint import SequenceValue

VERSIONS = [(1, 14), (1, 15), (1, 16)]


def head(version: tuple[int, int]) -> bytes:
    """What stands before the entries, as pg_dump writes it."""
    writer = ArchiveWriter(4)
    writer.raw(b"PGDMP" + bytes([*version, 0, 4, 8, 3]))
    if version >= (1, 15):
        writer.raw(b"\x01")
    else:
        writer.integer(-1)
    for part in (1, 2, 3, 21, 10, 126, 0):
        writer.integer(part)
    for text in (b"orders", b"18.1", b"18.1"):
        writer.string(text)
    return writer.finished()


def entry(dump_id: int, description: bytes, tag: bytes, **other: object) -> TocEntry:
    defaults: dict[str, object] = {
        "has_data": description == b"TABLE DATA",
        "table_oid": b"1259",
        "oid": b"16384",
        "section": 3 if description == b"TABLE DATA" else 2,
        "definition": None,
        "drop_statement": b"",
        "copy_statement": None,
        "namespace": b"public",
        "tablespace": None,
        "table_access_method": b"heap",
        "relkind": 0,
        "owner": b"app",
        "with_oids": b"false",
        "dependencies": (),
        "file_name": f"{dump_id}.dat".encode() if description == b"TABLE DATA" else b"",
    }
    return TocEntry(dump_id=dump_id, description=description, tag=tag, **{**defaults, **other})  # type: ignore[arg-type]


def archive(version: tuple[int, int], *entries: TocEntry) -> TableOfContents:
    return TableOfContents(version, 4, head(version), entries)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_written_is_read_again(version: tuple[int, int]) -> None:
    contents = archive(
        version,
        entry(1, b"TABLE", 'Wéird "x"'.encode(), definition=b"CREATE TABLE \x00\xff"),
        entry(2, b"TABLE DATA", b"t", dependencies=(1, 77), copy_statement=b"COPY t FROM stdin;"),
        entry(3, b"ACL", b"", namespace=None, owner=None, section=1),
    )
    written = write_table_of_contents(contents)

    assert read_table_of_contents(written) == contents
    assert write_table_of_contents(read_table_of_contents(written)) == written


@pytest.mark.parametrize("version", VERSIONS)
def test_one_that_is_cut_anywhere_is_refused(version: tuple[int, int]) -> None:
    written = write_table_of_contents(archive(version, entry(1, b"TABLE", b"t")))

    for length in range(len(written)):
        with pytest.raises(BackupError):
            read_table_of_contents(written[:length])


def test_one_that_goes_on_is_refused() -> None:
    written = write_table_of_contents(archive((1, 16), entry(1, b"TABLE", b"t")))

    with pytest.raises(BackupError, match="can't be read") as raised:
        read_table_of_contents(written + b"\x00")
    assert "follows its last entry" in raised.value.why


@pytest.mark.parametrize("version", [(1, 13), (1, 17), (2, 0)])
def test_a_version_that_is_not_known_is_refused(version: tuple[int, int]) -> None:
    with pytest.raises(BackupError) as raised:
        read_table_of_contents(head(version))

    assert f"version {version[0]}.{version[1]}" in raised.value.why


def test_integers_have_a_sign_byte_and_the_lowest_byte_first() -> None:
    writer = ArchiveWriter(4)
    for value in (0, 258, -2):
        writer.integer(value)

    assert writer.finished() == b"\x00\x00\x00\x00\x00\x00\x02\x01\x00\x00\x01\x02\x00\x00\x00"
    reader = ArchiveReader(writer.finished())
    assert [reader.integer() for _ in range(3)] == [0, 258, -2]


def artifact(file_name: str) -> Artifact:
    return Artifact(file_name, ArtifactRole.TABLE_DATA, "full-1", file_name, 0, 0, "")


def test_rows_that_were_not_dumped_again_stand_before_the_indexes_and_depend_on_their_table() -> (
    None
):
    own = archive(
        (1, 16),
        entry(5, b"TABLE", b"old", oid=b"99", owner=b"new owner"),
        entry(6, b"TABLE", b"new"),
        entry(7, b"TABLE DATA", b"new", dependencies=(6,)),
        entry(8, b"INDEX", b"i", section=4),
    )
    parent = archive(
        (1, 16),
        entry(1, b"TABLE", b"old"),
        entry(2, b"TABLE DATA", b"old", dependencies=(1,), copy_statement=b"COPY old FROM stdin;"),
    )
    whole = complete(
        write_table_of_contents(own),
        write_table_of_contents(parent),
        {TableName("public", "old"): artifact("2.dat.zst")},
    )
    contents = read_table_of_contents(whole.table_of_contents)
    added = contents.entries[3]

    assert whole.file_names == {TableName("public", "old"): "full-1-2.dat.zst"}
    assert [each.dump_id for each in contents.entries] == [5, 6, 7, 9, 8]
    assert (added.file_name, added.dependencies) == (b"full-1-2.dat", (5,))
    assert (added.oid, added.owner) == (b"99", b"new owner")
    assert added.copy_statement == b"COPY old FROM stdin;"


@pytest.mark.parametrize(
    ("own", "parent"),
    [
        ([entry(1, b"TABLE", b"t")], []),
        ([], [entry(2, b"TABLE DATA", b"t")]),
    ],
)
def test_a_table_that_one_of_both_does_not_have_is_refused(
    own: list[TocEntry], parent: list[TocEntry]
) -> None:
    with pytest.raises(BackupError):
        complete(
            write_table_of_contents(archive((1, 16), *own)),
            write_table_of_contents(archive((1, 16), *parent)),
            {TableName("public", "t"): artifact("2.dat.zst")},
        )


def test_names_are_told_in_the_archives_encoding() -> None:
    contents = archive(
        (1, 16),
        entry(1, b"ENCODING", b"ENCODING", definition=b"SET client_encoding = 'LATIN1';\n"),
        entry(2, b"TABLE DATA", b"caf\xe9"),
    )

    assert encoding_of(contents) == "iso8859-1"
    assert table_of_file(contents) == {"2.dat": TableName("public", "café")}


def test_sequences_values_are_read() -> None:
    contents = archive(
        (1, 16),
        entry(
            4,
            b"SEQUENCE SET",
            b"it's",
            definition=b"SELECT pg_catalog.setval('public.\"it''s\"', -3, false);\n",
        ),
    )

    assert sequence_values(contents) == (SequenceValue("public", "it's", -3, is_called=False),)
