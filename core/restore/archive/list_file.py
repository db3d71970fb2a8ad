"""The list by which pg_restore takes some of an archive's entries (``--use-list``)."""

from __future__ import annotations

from collections.abc import Iterable

from core.backup.dump.table_of_contents import TocEntry


def list_file(entries: Iterable[TocEntry]) -> bytes:
    """A line an entry, in the order in which they are to be restored.

    pg_restore reads the number before the semicolon and takes the rest as a comment.
    """
    return b"".join(b"%d; %s\n" % (each.dump_id, each.description) for each in entries)
