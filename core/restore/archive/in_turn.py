"""What of an archive can't be restored by several at once: the indexes of partitions.

Two sessions that attach indexes below the same partitioned one each don't see what the other has
not committed. So neither finds the parent complete, and it is left marked as not valid; or they
deadlock, where partitions have partitions. pg_restore takes no care of either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.backup.dump.table_of_contents import TocEntry
from core.restore.archive.ownership import INDEX_ATTACH

_EVENT_TRIGGER = b"EVENT TRIGGER"


@dataclass(frozen=True, slots=True)
class InTurn:
    """Entries in the order of the archive: first ``before``, then ``attached`` one by one.

    ``after`` comes last: what needs them, and event triggers, which fire at whatever follows them.
    """

    before: tuple[TocEntry, ...]
    attached: tuple[TocEntry, ...]
    after: tuple[TocEntry, ...]


def in_turn(entries: Iterable[TocEntry]) -> InTurn:
    """The three groups; without attached indexes all is in the first."""
    known = tuple(entries)
    attached = tuple(each for each in known if each.description == INDEX_ATTACH)
    if not attached:
        return InTurn(known, (), ())
    awaited = {each.dump_id for each in attached}
    before, after = [], []
    for each in known:
        if each.description == INDEX_ATTACH:
            continue
        if each.description == _EVENT_TRIGGER or awaited.intersection(each.dependencies):
            awaited.add(each.dump_id)
            after.append(each)
        else:
            before.append(each)
    return InTurn(tuple(before), attached, tuple(after))
