"""How many sessions of pg_restore have something to do at the same time."""

from __future__ import annotations

from collections.abc import Sequence

from core.backup.dump.table_of_contents import TABLE_DATA, TocEntry

_LEAST_OF_SEVERAL = 2
"""With one worker pg_restore does not say when a table is finished."""


def workers_for(entries: Sequence[TocEntry], most: int) -> int:
    """How many workers are to restore ``entries``.

    One, where that is one table with no more than an index: three further connections and two
    processes would take longer than all of a small table.
    """
    rows = sum(each.description == TABLE_DATA for each in entries)
    after = sum(each.is_after_data for each in entries)
    return 1 if rows == 1 and after <= 1 else max(_LEAST_OF_SEVERAL, most)
