"""One small table is restored by one session, everything else by several."""

from __future__ import annotations

import pytest

from core.backup.dump.table_of_contents import TocEntry
from core.restore.archive.at_once import workers_for

DEFINITIONS, ROWS, INDEXES = 2, 3, 4


def entry(number: int, description: bytes, section: int) -> TocEntry:
    return TocEntry(
        number, False, b"0", b"0", b"x", description, section, None, None, None, None, None, None,
        0, None, None, (), None,
    )  # fmt: skip


TABLE = entry(1, b"TABLE", DEFINITIONS)
DATA = entry(2, b"TABLE DATA", ROWS)
SET = entry(3, b"SEQUENCE SET", ROWS)
KEY = entry(4, b"CONSTRAINT", INDEXES)
INDEX = entry(5, b"INDEX", INDEXES)


@pytest.mark.parametrize(
    ("entries", "most", "workers"),
    [
        ((TABLE, DATA), 4, 1),
        ((TABLE, DATA, SET, KEY), 4, 1),
        ((TABLE, DATA, KEY, INDEX), 4, 4),
        ((TABLE, DATA, TABLE, DATA), 4, 4),
        ((TABLE, DATA, DATA), 1, 2),
        ((TABLE, KEY), 3, 3),
        ((), 3, 3),
    ],
)
def test_who_has_something_to_do_at_the_same_time(
    entries: tuple[TocEntry, ...], most: int, workers: int
) -> None:
    assert workers_for(entries, most) == workers
