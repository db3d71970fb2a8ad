"""What the rest of the store asks of a database, whichever it is."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection, Table

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    Upsert = sqlite.Insert | postgresql.Insert


class Database(Protocol):
    """One store's database: transactions, its clock, and whether anyone wrote to it.

    Every method may be called from any thread. A failure inside ``reading`` or ``writing`` becomes
    a :class:`core.errors.StoreError` that says what to do.
    """

    location: str
    """Where the store is, without a password."""
    elsewhere: str
    """What a person gives so that another store is used."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one state of the store."""

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that is committed at the end, or leaves nothing behind."""

    def now(self, connection: Connection) -> int:
        """The store's own clock, in microseconds: what leases and heartbeats are judged by."""

    def insert(self, table: Table) -> Upsert:
        """An INSERT that can say what happens on a conflict."""

    def changed(self) -> bool:
        """Whether anything was written since the last call; true at the first."""

    def note_change(self, connection: Connection, server_id: str) -> None:
        """Make ``changed`` of other processes see this transaction."""

    def exclude(self, connection: Connection, task: str) -> None:
        """Keep out others who ask for the same ``task``, until the transaction ends."""

    def tidy(self) -> None:
        """Give freed space back, a little at a time."""

    def close(self) -> None:
        """Close every connection."""
