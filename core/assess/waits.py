"""Waits for locks of the last minutes: what made a statement take long that runs no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.assess.locks import lock_queues
from core.model.connections import Backend, Connections
from core.model.statements import StatementDelta

_SAME_START = timedelta(seconds=1)
"""How far two readings may differ in when a query began: its age is as of the server's clock."""


@dataclass(frozen=True, slots=True)
class LockWait:
    """One execution of a query that waited, from ``began`` to ``until``, behind ``root``.

    ``query_began`` tells executions of one session apart. ``until`` is ``None`` while it waits.
    """

    backend: Backend
    query_began: datetime
    began: datetime
    root: int
    until: datetime | None = None

    def seconds(self, now: datetime) -> float:
        """How long it waited, at most: its end was somewhere between two readings."""
        return ((self.until or now) - self.began).total_seconds()

    def is_of(self, statement: StatementDelta) -> bool:
        """Whether this was an execution of ``statement``.

        Before PostgreSQL 14 a session has no query id: then both must begin with the same words.
        """
        backend = self.backend
        if backend.database != statement.database:
            return False
        if backend.query_id is not None:
            return backend.query_id == statement.key.query_id
        return backend.role == statement.role and _begins(backend.query) == _begins(statement.text)


@dataclass(frozen=True, slots=True)
class LockWaits:
    """The waits that the readings of the last minutes showed; ``at`` is the newest reading's."""

    waits: tuple[LockWait, ...] = ()
    at: datetime | None = None

    def with_reading(self, at: datetime, connections: Connections, minutes: float) -> LockWaits:
        """The waits after a new reading, without those that ended ``minutes`` before.

        What is newer than the new reading goes too: the clock was set back since.
        """
        oldest = at - timedelta(minutes=minutes)
        standing = {wait.backend.pid: wait for wait in self.waits if wait.until is None}
        found = {wait.backend.pid: wait for wait in self._found(at, connections)}
        for pid, wait in found.items():
            before = standing.get(pid)
            if before is not None and abs(before.query_began - wait.query_began) < _SAME_START:
                found[pid] = replace(wait, began=before.began, query_began=before.query_began)
                del standing[pid]
        ended = [wait for wait in self.waits if wait.until is not None]
        ended += [replace(wait, until=at) for wait in standing.values()]
        kept = [wait for wait in ended if wait.until is not None and oldest < wait.until <= at]
        return LockWaits((*kept, *found.values()), at)

    def of(self, statements: Iterable[StatementDelta], since: datetime) -> tuple[LockWait, ...]:
        """Executions of any of ``statements`` that waited and had not ended before ``since``."""
        wanted = tuple(statements)
        return tuple(
            wait
            for wait in self.waits
            if (wait.until is None or wait.until > since)
            and any(wait.is_of(statement) for statement in wanted)
        )

    def _found(self, at: datetime, connections: Connections) -> Iterator[LockWait]:
        """The sessions that wait now, as if each had just begun to.

        One whose query already ran in the reading before did not wait then.
        """
        longest = None if self.at is None else max(timedelta(0), at - self.at)
        for root in lock_queues(connections.backends):
            for level, node in root.walk():
                if level == 0 or node.backend is None:
                    continue
                age = timedelta(seconds=node.backend.query_seconds or 0.0)
                waited = age if longest is None else min(age, longest)
                yield LockWait(node.backend, at - age, at - waited, root.pid)


def _begins(text: str) -> list[str]:
    return text.lower().split(maxsplit=2)[:2]
