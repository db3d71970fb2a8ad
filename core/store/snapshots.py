"""Reading snapshots: the newest ones, those at a moment, and the steps between them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select, union_all

from core.model.snapshot import Snapshot, Subject
from core.store import codec
from core.store.database import Database
from core.store.moments import from_micros, to_micros
from core.store.names import Names
from core.store.tables import keyframe, snapshot

_KEYFRAMES_KEPT = 32
_NEVER = -1
_ALWAYS = 2**62

_STEPPED = (codec.CODES[Subject.LINK], codec.CODES[Subject.CONNECTIONS])
"""The subjects whose snapshots are the steps of rewind: the fastest, and the one that is there
when the server can't be reached."""


def _of_subject(code: int) -> Select[tuple[int, int]]:
    return select(snapshot.c.snapshot_id, snapshot.c.taken_at).where(
        snapshot.c.server_ref == bindparam("server_ref"), snapshot.c.subject == code
    )


def _unless_known(code: int, one: Select[tuple[int, int]]) -> Select[tuple[int]]:
    found = one.limit(1).subquery()
    return select(found.c.snapshot_id).where(found.c.taken_at != bindparam(f"known_{code}"))


def _written_last(code: int) -> Select[tuple[int]]:
    """By the order of writing: what a clock that was set back gave a later time is not newer."""
    return _unless_known(code, _of_subject(code).order_by(snapshot.c.snapshot_id.desc()))


def _newest_until(code: int) -> Select[tuple[int]]:
    until = snapshot.c.taken_at <= bindparam("until")
    return _unless_known(code, _of_subject(code).where(until).order_by(snapshot.c.taken_at.desc()))


_LATEST = union_all(*(_written_last(code) for code in codec.SUBJECTS))
_LATEST_UNTIL = union_all(*(_newest_until(code) for code in codec.SUBJECTS))
_BY_ID = select(snapshot).where(snapshot.c.snapshot_id.in_(bindparam("ids", expanding=True)))


class Snapshots:
    """The recorded snapshots of all servers."""

    def __init__(self, database: Database, names: Names) -> None:
        self._database = database
        self._names = names
        self._keyframes: OrderedDict[int, codec.Keyframe] = OrderedDict()
        self._lock = Lock()

    def latest(
        self,
        server_id: str,
        at: datetime | None = None,
        known: Mapping[Subject, datetime] | None = None,
    ) -> dict[Subject, Snapshot]:
        """Each subject's snapshot that was written last, or its newest not after ``at``.

        Subjects whose snapshot was taken at the moment that ``known`` gives are left out, as are
        bodies of a shape that this version can't read.
        """
        server_ref = self._names.server(server_id)
        if server_ref is None:
            return {}
        known = known or {}
        parameters = {"server_ref": server_ref}
        if at is not None:
            parameters["until"] = to_micros(at)
        for subject, code in codec.CODES.items():
            moment = known.get(subject)
            parameters[f"known_{code}"] = _NEVER if moment is None else to_micros(moment)
        found: dict[Subject, Snapshot] = {}
        with self._database.reading() as connection:
            ids = (
                connection.execute(_LATEST if at is None else _LATEST_UNTIL, parameters)
                .scalars()
                .all()
            )
            if not ids:
                return {}
            rows = connection.execute(_BY_ID, {"ids": ids}).all()
            keyframes = self._keyframes_of(connection, rows)
        for row in rows:
            read = _read(server_id, row, keyframes)
            if read is not None:
                found[read.subject] = read
        return found

    def one(
        self,
        server_id: str,
        subject: Subject,
        at: datetime | None = None,
        known: datetime | None = None,
    ) -> Snapshot | None:
        """The snapshot of one subject that was written last, or its newest not after ``at``.

        ``None`` where there is none, or where it was taken at the moment ``known``.
        """
        server_ref = self._names.server(server_id)
        if server_ref is None:
            return None
        code = codec.CODES[subject]
        parameters = {
            "server_ref": server_ref,
            f"known_{code}": _NEVER if known is None else to_micros(known),
        }
        if at is not None:
            parameters["until"] = to_micros(at)
        wanted = _written_last(code) if at is None else _newest_until(code)
        with self._database.reading() as connection:
            ids = connection.execute(wanted, parameters).scalars().all()
            rows = connection.execute(_BY_ID, {"ids": ids}).all() if ids else ()
            keyframes = self._keyframes_of(connection, rows)
        return _read(server_id, rows[0], keyframes) if rows else None

    def between(
        self, server_id: str, subject: Subject, after: datetime, until: datetime
    ) -> list[Snapshot]:
        """The snapshots of one subject from behind ``after`` to ``until``, oldest first."""
        server_ref = self._names.server(server_id)
        if server_ref is None:
            return []
        column = snapshot.c
        with self._database.reading() as connection:
            rows = connection.execute(
                select(snapshot)
                .where(
                    column.server_ref == server_ref,
                    column.subject == codec.CODES[subject],
                    column.taken_at > to_micros(after),
                    column.taken_at <= to_micros(until),
                )
                .order_by(column.taken_at)
            ).all()
            keyframes = self._keyframes_of(connection, rows)
        found = (_read(server_id, row, keyframes) for row in rows)
        return [each for each in found if each is not None]

    def span(self, server_id: str) -> tuple[datetime, datetime] | None:
        """The first and the last moment that rewind can show; ``None`` when there is none."""
        server_ref = self._names.server(server_id)
        if server_ref is None:
            return None
        with self._database.reading() as connection:
            ends = [
                connection.execute(
                    select(edge(snapshot.c.taken_at)).where(
                        snapshot.c.server_ref == server_ref, snapshot.c.subject == code
                    )
                ).scalar()
                for code in _STEPPED
                for edge in (func.min, func.max)
            ]
        moments = [end for end in ends if end is not None]
        if not moments:
            return None
        return from_micros(min(moments)), from_micros(max(moments))

    def step(self, server_id: str, moment: datetime | None, count: int) -> datetime | None:
        """The moment ``count`` steps from ``moment`` (``None``: from now), back when negative.

        Stops at the first or last one recorded; ``None`` when there is none in that direction.
        """
        server_ref = self._names.server(server_id)
        if server_ref is None or count == 0:
            return None
        start = _ALWAYS if moment is None else to_micros(moment)
        taken_at = snapshot.c.taken_at
        back = count < 0
        steps = union_all(
            *(
                select(
                    select(taken_at)
                    .where(
                        snapshot.c.server_ref == server_ref,
                        snapshot.c.subject == code,
                        taken_at < start if back else taken_at > start,
                    )
                    .order_by(taken_at.desc() if back else taken_at)
                    .limit(abs(count))
                    .subquery()
                    .c.taken_at
                )
                for code in _STEPPED
            )
        )
        with self._database.reading() as connection:
            moments = sorted(set(connection.execute(steps).scalars()), reverse=back)[: abs(count)]
        return from_micros(moments[-1]) if moments else None

    def _keyframes_of(
        self, connection: Connection, rows: Sequence[Row[tuple[Any, ...]]]
    ) -> dict[int, codec.Keyframe]:
        wanted = {row.keyframe_id for row in rows}
        with self._lock:
            have = {number: self._keyframes[number] for number in wanted & self._keyframes.keys()}
        missing = wanted - have.keys()
        if missing:
            for number, payload in connection.execute(
                select(keyframe.c.keyframe_id, keyframe.c.payload).where(
                    keyframe.c.keyframe_id.in_(missing)
                )
            ):
                raw = codec.unpack(payload)
                if raw is not None:
                    have[number] = codec.Keyframe(raw)
        with self._lock:
            for number, value in have.items():
                self._keyframes[number] = value
                self._keyframes.move_to_end(number)
            while len(self._keyframes) > _KEYFRAMES_KEPT:
                self._keyframes.popitem(last=False)
        return have


def _read(
    server_id: str, row: Row[tuple[Any, ...]], keyframes: Mapping[int, codec.Keyframe]
) -> Snapshot | None:
    subject = codec.SUBJECTS[row.subject]
    against = keyframes.get(row.keyframe_id)
    if against is None or row.version != codec.VERSIONS[subject]:
        return None
    raw = against.decompress(row.payload)
    body = None if raw is None else codec.decode(subject, raw, unknown=row.unknown)
    if body is None:
        return None
    return Snapshot(
        server_id=server_id,
        subject=subject,
        taken_at=from_micros(row.taken_at),
        pace_seconds=row.pace_ms / 1000,
        body=body,
    )
