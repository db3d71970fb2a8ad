"""Which entries several sessions may restore at once, and which one after another."""

from __future__ import annotations

from core.backup.dump.table_of_contents import TocEntry
from core.restore.archive.in_turn import InTurn, in_turn


def entry(dump_id: int, description: str, *needs: int) -> TocEntry:
    return TocEntry(
        dump_id=dump_id,
        has_data=False,
        table_oid=b"0",
        oid=b"0",
        tag=b"",
        description=description.encode(),
        section=4,
        definition=b"",
        drop_statement=b"",
        copy_statement=None,
        namespace=b"",
        tablespace=None,
        table_access_method=None,
        relkind=0,
        owner=b"",
        with_oids=b"false",
        dependencies=needs,
        file_name=None,
    )


TABLE, PARENT, CHILD = entry(1, "TABLE"), entry(2, "CONSTRAINT", 1), entry(3, "CONSTRAINT", 1)
ATTACH = entry(4, "INDEX ATTACH", 2, 3)
KEY, ITS_COMMENT = entry(5, "FK CONSTRAINT", 2, 4), entry(6, "COMMENT", 5)
FIRES, OTHER = entry(7, "EVENT TRIGGER", 1), entry(8, "FK CONSTRAINT", 1)


def test_without_partitions_all_of_it_goes_at_once() -> None:
    entries = (TABLE, PARENT, CHILD, OTHER, FIRES)
    assert in_turn(entries) == InTurn(entries, (), ())


def test_indexes_are_attached_by_themselves_and_what_needs_them_comes_after() -> None:
    found = in_turn((TABLE, PARENT, CHILD, ATTACH, KEY, ITS_COMMENT, FIRES, OTHER))
    assert found.before == (TABLE, PARENT, CHILD, OTHER)
    assert found.attached == (ATTACH,)
    assert found.after == (KEY, ITS_COMMENT, FIRES)
