"""How far maintenance has come with each server: small marks that survive a restart."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Connection, bindparam, select

from core.store.buckets import Kept
from core.store.database import Database
from core.store.tables import progress

# Each tick asks for them: making the statement takes longer than asking.
_MARKS = select(progress.c.task, progress.c.until).where(
    progress.c.server_ref == bindparam("server_ref")
)
_MARKS_LOCKED = _MARKS.with_for_update()


class Task(StrEnum):
    """What a mark is about; the mark itself is a moment in microseconds since 1970."""

    ROLLED_UP = "rolled up until"
    RAW_FROM = "raw samples from"
    MINUTES_FROM = "minutes from"
    THINNED = "snapshots thinned until"
    STATEMENTS_FROM = "statement minutes from"
    CLOCK_BELIEVED = "clock believed until"
    CLOCK_DOUBTED = "clock doubted since"


def marks(connection: Connection, server_ref: int, *, locked: bool = False) -> dict[str, int]:
    """Every mark of a server, by its task; ``locked``: nobody else changes them meanwhile."""
    rows = connection.execute(_MARKS_LOCKED if locked else _MARKS, {"server_ref": server_ref})
    return {row.task: row.until for row in rows}


def kept(connection: Connection, server_ref: int) -> Kept:
    """What of a server's samples is there."""
    return _kept(marks(connection, server_ref))


def set_mark(
    database: Database, connection: Connection, server_ref: int, task: Task, until: int
) -> None:
    """Remember that ``task`` is done until ``until``, in microseconds since 1970."""
    connection.execute(
        database.insert(progress)
        .values(server_ref=server_ref, task=task.value, until=until)
        .on_conflict_do_update(index_elements=["server_ref", "task"], set_={"until": until})
    )


def hold(database: Database, connection: Connection, server_ref: int) -> Kept:
    """:func:`kept`, and nobody else changes it before the transaction ends.

    So a sample is written either before its minute is rolled up, or knows that it is late.
    """
    found = marks(connection, server_ref, locked=True)
    if Task.ROLLED_UP not in found:
        set_mark(database, connection, server_ref, Task.ROLLED_UP, 0)
    return _kept(found)


def _kept(found: dict[str, int]) -> Kept:
    return Kept(
        raw_from=found.get(Task.RAW_FROM, 0),
        minutes_from=found.get(Task.MINUTES_FROM, 0),
        rolled_until=found.get(Task.ROLLED_UP, 0),
    )
