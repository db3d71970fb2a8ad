"""Drills, and what came of each: the history that an auditor asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import (
    JSON,
    ColumnElement,
    Integer,
    Row,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)

from core.store.database import Database
from core.store.drill_tables import drill
from core.store.moments import from_micros, to_micros

if TYPE_CHECKING:
    from core.model.drill import Drill, DrillKind
    from core.model.drill_calendar import DrillDay

# As core.model.drill has them, which is loaded only where there are drills.
_RESTORE, _GUIDED = "restore", "guided"
_EVERYTHING = "everything"
_PROOFS = ("passed", "objective missed")
_CANCELLED = "cancelled"

_EPOCH = date(1970, 1, 1).toordinal()

# Statements that are asked for every few seconds are made once.
_OVER = (drill.c.server_id == bindparam("server_id"), drill.c.finished_at <= bindparam("until"))
_TOLD = (*_OVER, drill.c.status != _CANCELLED)
_NEWEST = (
    select(drill.c.kind, drill.c.database, func.max(drill.c.started_at).label("at"))
    .where(*_TOLD)
    .group_by(drill.c.kind, drill.c.database)
    .subquery()
)
_LAST_ENDED = (
    select(drill.c.record)
    .join(
        _NEWEST,
        and_(
            drill.c.kind == _NEWEST.c.kind,
            drill.c.database == _NEWEST.c.database,
            drill.c.started_at == _NEWEST.c.at,
        ),
    )
    .where(*_TOLD)
    .order_by(drill.c.kind, drill.c.database)
)
_TRIED_AT = (
    select(drill.c.database, func.max(drill.c.started_at).label("at"))
    .where(
        drill.c.server_id == bindparam("server_id"),
        drill.c.started_at <= bindparam("until"),
        drill.c.kind == bindparam("kind"),
    )
    .group_by(drill.c.database)
)
_OF_ALL = type_coerce(drill.c.record, JSON)["what"].as_string() == _EVERYTHING
_ARE_PROOFS = (
    *_OVER,
    or_(drill.c.kind == _RESTORE, and_(drill.c.kind == _GUIDED, _OF_ALL)),
    drill.c.status.in_(_PROOFS),
)
_NEWEST_PROOF = (
    select(drill.c.database, func.max(drill.c.finished_at).label("at"))
    .where(*_ARE_PROOFS)
    .group_by(drill.c.database)
    .subquery()
)
_LAST_PROOFS = (
    select(drill.c.record)
    .join(
        _NEWEST_PROOF,
        and_(
            drill.c.database == _NEWEST_PROOF.c.database,
            drill.c.finished_at == _NEWEST_PROOF.c.at,
        ),
    )
    .where(*_ARE_PROOFS)
    .order_by(drill.c.database)
)
_LISTED = (
    select(drill.c.drill_id, drill.c.finished_at)
    .where(drill.c.server_id == bindparam("server_id"), drill.c.started_at <= bindparam("until"))
    .order_by(drill.c.started_at.desc())
    .limit(bindparam("count", type_=Integer()))
)
_SOME = select(drill.c.record).where(drill.c.drill_id.in_(bindparam("drill_ids", expanding=True)))
_DAY = drill.c.finished_at.op("/")(literal_column(str(86_400 * 1_000_000))).label("day")
_DAYS = (
    select(_DAY, drill.c.kind, drill.c.status)
    .where(*_OVER, drill.c.finished_at >= bindparam("since"))
    .group_by("day", drill.c.kind, drill.c.status)
)


class Drills:
    """The rows of ``drill``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Those that are over, by server, as they were listed last: they are not written anew.
        self._ended: dict[str, dict[tuple[str, int], Drill]] = {}

    def save(self, record: Drill) -> None:
        """Write a drill down, as far as it has come."""
        values = _values(record)
        with self._database.writing() as connection:
            connection.execute(
                self._database.insert(drill)
                .values(drill_id=record.drill_id, **values)
                .on_conflict_do_update(index_elements=["drill_id"], set_=values)
            )
            self._database.note_change(connection, record.server_id)

    def get(self, drill_id: str) -> Drill | None:
        """One drill."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(drill.c.record).where(drill.c.drill_id == drill_id)
            ).first()
        return None if row is None else _drill(row)

    def newest(
        self, count: int, server_ids: Sequence[str] = (), *, until: datetime | None = None
    ) -> tuple[Drill, ...]:
        """The newest drills that had begun by ``until``, newest first; of these servers."""
        wanted: list[ColumnElement[bool]] = []
        if server_ids:
            wanted.append(drill.c.server_id.in_(server_ids))
        if until is not None:
            wanted.append(drill.c.started_at <= to_micros(until))
        with self._database.reading() as connection:
            rows = connection.execute(
                select(drill.c.record)
                .where(*wanted)
                .order_by(drill.c.started_at.desc())
                .limit(count)
            ).all()
        return tuple(map(_drill, rows))

    def last_ended(self, server_id: str, *, until: datetime) -> tuple[Drill, ...]:
        """The newest drill of each kind and database of a server that was over by ``until``.

        One that a person cancelled says nothing and hides none; one that failed before it had a
        database counts until the next of its kind.
        """
        with self._database.reading() as connection:
            rows = connection.execute(_LAST_ENDED, _of(server_id, until)).all()
        found = tuple(map(_drill, rows))
        newest: dict[str, datetime] = {}
        for each in found:
            newest[each.kind] = max(newest.get(each.kind, each.started_at), each.started_at)
        return tuple(e for e in found if e.database or e.started_at == newest[e.kind])

    def tried_at(self, server_id: str, kind: DrillKind, *, until: datetime) -> dict[str, datetime]:
        """When a drill of this kind was last begun of each database, whatever came of it."""
        wanted = {**_of(server_id, until), "kind": kind.value}
        with self._database.reading() as connection:
            rows = connection.execute(_TRIED_AT, wanted).all()
        return {row.database: from_micros(int(row.at)) for row in rows}

    def last_proofs(self, server_id: str, *, until: datetime) -> tuple[Drill, ...]:
        """The newest drill that proved a restore of each of a server's databases by ``until``."""
        with self._database.reading() as connection:
            rows = connection.execute(_LAST_PROOFS, _of(server_id, until)).all()
        return tuple(map(_drill, rows))

    def listed(self, server_id: str, count: int, *, until: datetime) -> tuple[Drill, ...]:
        """The newest of a server that had begun by ``until``, newest first."""
        wanted = {**_of(server_id, until), "count": count}
        known = self._ended.get(server_id, {})
        with self._database.reading() as connection:
            keys = [(row.drill_id, row.finished_at) for row in connection.execute(_LISTED, wanted)]
            new = [drill_id for drill_id, at in keys if (drill_id, at) not in known]
            rows = connection.execute(_SOME, {"drill_ids": new}).all() if new else ()
        read = {each.drill_id: each for each in map(_drill, rows)}
        found = {key: read[key[0]] if key[0] in read else known[key] for key in keys}
        self._ended[server_id] = {key: each for key, each in found.items() if key[1] is not None}
        return tuple(found.values())

    def days(self, server_id: str, since: date, *, until: datetime) -> tuple[DrillDay, ...]:
        """On which days, of UTC, from ``since`` to ``until`` which kinds of drills ended how."""
        from core.model.drill_calendar import DrillDay

        began = to_micros(datetime.combine(since, time(), UTC))
        with self._database.reading() as connection:
            rows = connection.execute(_DAYS, {**_of(server_id, until), "since": began}).all()
        return tuple(
            DrillDay(date.fromordinal(_EPOCH + int(row.day)), row.kind, row.status) for row in rows
        )


def _of(server_id: str, until: datetime) -> dict[str, object]:
    return {"server_id": server_id, "until": to_micros(until)}


def _values(record: Drill) -> dict[str, object]:
    finished = record.finished_at
    return {
        "server_id": record.server_id,
        "database": record.database,
        "kind": record.kind.value,
        "status": record.status.value,
        "started_at": to_micros(record.started_at),
        "finished_at": None if finished is None else to_micros(finished),
        "record": msgspec.to_builtins(record),
    }


def _drill(row: Row[Any]) -> Drill:
    from core.model.drill import Drill

    return msgspec.convert(row.record, Drill)
