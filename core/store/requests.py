"""Requests: what a console wants done on a server, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from uuid import uuid4

from sqlalchemy import Row, bindparam, select, update

from core.model.process import Command, Request, RequestState
from core.store.database import Database
from core.store.moments import SECOND, from_micros
from core.store.tables import request

# It is asked for at every news: making it takes longer than asking.
_PENDING = (
    select(request)
    .where(
        request.c.state == RequestState.PENDING.value,
        request.c.server_id.in_(bindparam("servers", expanding=True)),
    )
    .order_by(request.c.created_at)
    .limit(1)
)
_PENDING_UNLOCKED = _PENDING.with_for_update(skip_locked=True)


class Requests:
    """Questions left by consoles, each taken by one watcher only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def submit(
        self, server_id: str, command: Command, arguments: Mapping[str, str], who: str
    ) -> Request:
        """Leave a request for whoever watches ``server_id``."""
        request_id = uuid4().hex
        with self._database.writing() as connection:
            now = self._database.now(connection)
            connection.execute(
                request.insert().values(
                    request_id=request_id,
                    server_id=server_id,
                    command=command.value,
                    arguments=json.dumps(dict(arguments)),
                    who=who,
                    created_at=now,
                    state=RequestState.PENDING.value,
                    claimed_by="",
                    result="",
                )
            )
            self._database.note_change(connection, server_id)
        return Request(
            request_id=request_id,
            server_id=server_id,
            command=command,
            arguments=dict(arguments),
            who=who,
            created_at=from_micros(now),
            state=RequestState.PENDING,
        )

    def claim(self, server_ids: Sequence[str], claimed_by: str) -> Request | None:
        """Take the oldest pending request for one of ``server_ids``; nobody else gets it."""
        wanted = {"servers": list(server_ids)}
        with self._database.reading() as connection:
            if connection.execute(_PENDING, wanted).first() is None:
                return None
        with self._database.writing() as connection:
            row = connection.execute(_PENDING_UNLOCKED, wanted).first()
            if row is None:
                return None
            connection.execute(
                update(request)
                .where(request.c.request_id == row.request_id)
                .values(state=RequestState.CLAIMED.value, claimed_by=claimed_by)
            )
        return _request(row, RequestState.CLAIMED)

    def finish(self, request_id: str, result: str, *, failed: bool = False) -> None:
        """Record what came of a claimed request."""
        state = RequestState.FAILED if failed else RequestState.DONE
        with self._database.writing() as connection:
            server_id = connection.execute(
                update(request)
                .where(
                    request.c.request_id == request_id,
                    request.c.state == RequestState.CLAIMED.value,
                )
                .values(
                    state=state.value, result=result, finished_at=self._database.now(connection)
                )
                .returning(request.c.server_id)
            ).scalar()
            if server_id is not None:
                self._database.note_change(connection, server_id)

    def get(self, request_id: str) -> Request | None:
        """A request as it stands."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(request).where(request.c.request_id == request_id)
            ).first()
        return None if row is None else _request(row, RequestState(row.state))

    def expire(self, after_seconds: float) -> int:
        """End requests that nobody took up or finished in time; how many there were.

        One that was claimed may have been carried out: its result says so.
        """
        ended = 0
        with self._database.writing() as connection:
            now = self._database.now(connection)
            for state, result in (
                (RequestState.PENDING, "nobody took it up; nothing was done"),
                (RequestState.CLAIMED, "the watcher ended before it answered; it may be done"),
            ):
                ended += connection.execute(
                    update(request)
                    .where(
                        request.c.state == state.value,
                        request.c.created_at < now - round(after_seconds * SECOND),
                    )
                    .values(state=RequestState.EXPIRED.value, result=result, finished_at=now)
                ).rowcount
        return ended


def _request(row: Row[tuple[object, ...]], state: RequestState) -> Request:
    return Request(
        request_id=row.request_id,
        server_id=row.server_id,
        command=Command(row.command),
        arguments=json.loads(row.arguments),
        who=row.who,
        created_at=from_micros(row.created_at),
        state=state,
        result=row.result,
        finished_at=None if row.finished_at is None else from_micros(row.finished_at),
    )
