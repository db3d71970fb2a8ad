"""Leases: who may watch a server, decided by the store's clock and fenced by a token.

The fencing token is the one of Kleppmann, "How to do distributed locking" (2016): every holder's
is greater than the last one's, and a write that carries an old one is refused in the same
transaction that would have done it.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from core.errors import LeaseLostError
from core.model.process import Lease
from core.store.database import Database
from core.store.local import here, is_gone
from core.store.moments import SECOND, from_micros
from core.store.patience import Patience
from core.store.tables import lease

_EXTEND = (
    update(lease)
    .where(
        lease.c.resource == bindparam("its_resource"),
        lease.c.token == bindparam("its_token"),
        lease.c.holder == bindparam("its_holder"),
    )
    .values(expires_at=bindparam("expires_at"))
)
_ONE = select(lease).where(lease.c.resource == bindparam("its_resource"))


class Leases:
    """Rights that one holder has at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._patience = Patience()

    def acquire(self, resource: str, holder: str, ttl_seconds: float) -> Lease | None:
        """The lease on ``resource``, or ``None`` while a living holder has it.

        It is free when it has expired, when it was released, and when its holder was a process of
        this host that is dead; also when it was not renewed for ``ttl_seconds`` of waiting here,
        however the store's clock was set meanwhile. Each success has a greater token, also for the
        same holder.
        """
        if self._refused(resource, ttl_seconds):
            return None
        me = here()
        with self._database.writing() as connection:
            connection.execute(
                self._database.insert(lease)
                .values(
                    resource=resource,
                    holder="",
                    token=0,
                    expires_at=0,
                    host="",
                    pid=0,
                    pid_started=0.0,
                )
                .on_conflict_do_nothing()
            )
            row = connection.execute(
                select(lease).where(lease.c.resource == resource).with_for_update()
            ).one()
            now = self._database.now(connection)
            if not (_is_free(row, now) or self._is_over(row, ttl_seconds)):
                return None
            expires_at = now + round(ttl_seconds * SECOND)
            connection.execute(
                update(lease)
                .where(lease.c.resource == resource)
                .values(
                    holder=holder,
                    token=row.token + 1,
                    expires_at=expires_at,
                    host=me.host,
                    pid=me.pid,
                    pid_started=me.pid_started,
                )
            )
        self._patience.forget(resource)
        return Lease(resource, holder, row.token + 1, from_micros(expires_at))

    def renew(self, held: Lease, ttl_seconds: float) -> Lease:
        """``held`` with a later expiry.

        Raises:
            LeaseLostError: somebody else has had it since.
        """
        with self._database.writing() as connection:
            expires_at = extend(self._database, connection, held, ttl_seconds)
        return Lease(held.resource, held.holder, held.token, from_micros(expires_at))

    def release(self, held: Lease) -> None:
        """Let others have it at once; nothing happens when it was lost before."""
        with self._database.writing() as connection:
            connection.execute(
                update(lease)
                .where(
                    lease.c.resource == held.resource,
                    lease.c.token == held.token,
                    lease.c.holder == held.holder,
                )
                .values(holder="", expires_at=0)
            )

    def holder(self, resource: str) -> Lease | None:
        """The lease as somebody holds it now; ``None`` when it is free."""
        row = self._held(resource)
        if row is None:
            return None
        return Lease(row.resource, row.holder, row.token, from_micros(row.expires_at))

    def held_below(self, prefix: str) -> tuple[str, ...]:
        """The rest of the name of each resource that begins with ``prefix`` and is held now."""
        with self._database.reading() as connection:
            now = self._database.now(connection)
            rows = connection.execute(
                select(lease).where(lease.c.resource.startswith(prefix, autoescape=True))
            ).all()
        held = (row for row in rows if not _is_free(row, now))
        return tuple(sorted(row.resource.removeprefix(prefix) for row in held))

    def _refused(self, resource: str, ttl_seconds: float) -> bool:
        """Whether somebody has it, found out without a write: rivals ask every second."""
        row = self._held(resource)
        return row is not None and not self._is_over(row, ttl_seconds)

    def _held(self, resource: str) -> Row[Any] | None:
        with self._database.reading() as connection:
            row = connection.execute(_ONE, {"its_resource": resource}).first()
            if row is None or _is_free(row, self._database.now(connection)):
                return None
        return row

    def _is_over(self, row: Row[Any], most_seconds: float) -> bool:
        return self._patience.is_over(
            row.resource, row.token, row.expires_at, most_seconds=most_seconds, now=time.monotonic()
        )


def check(connection: Connection, held: Lease) -> None:
    """Make sure that ``held`` is the newest lease until the transaction ends.

    Raises:
        LeaseLostError: somebody else has had it since.
    """
    row = connection.execute(
        select(lease.c.token, lease.c.holder)
        .where(lease.c.resource == held.resource)
        .with_for_update(read=True)
    ).first()
    if row is None or row.token != held.token or row.holder != held.holder:
        raise lost(held)


def extend(database: Database, connection: Connection, held: Lease, ttl_seconds: float) -> int:
    """Let ``held``, the newest lease, last ``ttl_seconds`` from now; gives its new end.

    Nobody else can take it until the transaction ends.

    Raises:
        LeaseLostError: somebody else has had it since.
    """
    expires_at = database.now(connection) + round(ttl_seconds * SECOND)
    done = connection.execute(
        _EXTEND,
        {
            "its_resource": held.resource,
            "its_token": held.token,
            "its_holder": held.holder,
            "expires_at": expires_at,
        },
    )
    if done.rowcount != 1:
        raise lost(held)
    return expires_at


def lost(held: Lease) -> LeaseLostError:
    """What the holder of an old token is told."""
    return LeaseLostError(
        f"The lease on {held.resource} is lost",
        why="another process took it over, or it was given back",
        remedy="nothing: the new holder goes on",
    )


def _is_free(row: Row[Any], now: int) -> bool:
    return row.expires_at <= now or is_gone(row.host, row.pid, row.pid_started)
