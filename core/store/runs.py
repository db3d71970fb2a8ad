"""Planned runs: one row for a schedule and a moment, so that two watchers never start one twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    select,
    update,
)

from core.model.job import JobOrder
from core.model.process import Lease
from core.model.schedule import PlannedRun, RunState
from core.store import leases
from core.store.database import Database
from core.store.job_rows import insert_job
from core.store.moments import DAY, from_micros, to_micros
from core.store.tables import planned_run, schedule_state

_CLOCKS_APART = timedelta(hours=1)

# Statements that are asked for every few seconds are made once: making one takes longer than it.
_COUNT = bindparam("count", type_=Integer)
_OF_SCHEDULE = (
    select(planned_run)
    .where(
        planned_run.c.server_id == bindparam("server_id"),
        planned_run.c.schedule == bindparam("schedule"),
        planned_run.c.planned_at <= bindparam("until"),
    )
    .order_by(planned_run.c.planned_at.desc())
    .limit(_COUNT)
)
_NEWEST = (
    select(planned_run)
    .where(planned_run.c.server_id.in_(bindparam("servers", expanding=True)))
    .order_by(planned_run.c.planned_at.desc(), planned_run.c.schedule)
    .limit(_COUNT)
)
_STATE = select(schedule_state).where(
    schedule_state.c.server_id == bindparam("server_id"),
    schedule_state.c.schedule == bindparam("schedule"),
)


@dataclass(frozen=True, slots=True)
class Known:
    """From when on a schedule's moments count, and since when and by whom it is paused."""

    since: datetime
    paused_at: datetime | None = None
    paused_by: str = ""


class Runs:
    """What became of each moment of each schedule, and which schedules people paused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def know(self, server_id: str, schedule: str, rule: str, now: datetime) -> Known:
        """What is known of a schedule whose times are given by ``rule``.

        Its moments count from ``now`` on when it is seen for the first time, when its rule is a
        new one, and when it was first seen in what is the future by now: the clock was set back.
        """
        at = to_micros(now)
        with self._database.reading() as connection:
            row = _state(connection, server_id, schedule)
        if row is not None and row.rule == rule and row.known_since <= at:
            return _known(row)
        with self._database.writing() as connection:
            values = {"rule": rule, "known_since": at}
            return _known(
                connection.execute(
                    self._database.insert(schedule_state)
                    .values(server_id=server_id, schedule=schedule, paused_by="", **values)
                    .on_conflict_do_update(index_elements=["server_id", "schedule"], set_=values)
                    .returning(schedule_state)
                ).one()
            )

    def known(self, server_id: str, schedule: str) -> Known | None:
        """The same without a trace; ``None`` where nobody has fired this schedule yet."""
        with self._database.reading() as connection:
            row = _state(connection, server_id, schedule)
        return None if row is None else _known(row)

    def is_paused(self, server_id: str, schedule: str) -> bool:
        """Whether people let a schedule fire no more."""
        known = self.known(server_id, schedule)
        return known is not None and known.paused_at is not None

    def pause(self, server_id: str, schedule: str, who: str, now: datetime) -> bool:
        """Let a schedule fire no more until it is resumed; false where it is paused already."""
        values = {"paused_at": to_micros(now), "paused_by": who}
        with self._database.writing() as connection:
            row = _state(connection, server_id, schedule)
            if row is not None and row.paused_at is not None:
                return False
            connection.execute(
                self._database.insert(schedule_state)
                .values(
                    server_id=server_id,
                    schedule=schedule,
                    rule="",
                    known_since=to_micros(now),
                    **values,
                )
                .on_conflict_do_update(index_elements=["server_id", "schedule"], set_=values)
            )
            self._database.note_change(connection, server_id)
        return True

    def resume(self, server_id: str, schedule: str, now: datetime) -> bool:
        """Let it fire again, from ``now`` on; false where it is not paused."""
        with self._database.writing() as connection:
            done = connection.execute(
                update(schedule_state)
                .where(
                    schedule_state.c.server_id == server_id,
                    schedule_state.c.schedule == schedule,
                    schedule_state.c.paused_at.is_not(None),
                )
                .values(paused_at=None, paused_by="", known_since=to_micros(now))
            )
            self._database.note_change(connection, server_id)
        return done.rowcount > 0

    def settle(self, lease: Lease, run: PlannedRun) -> bool:
        """Write down what became of a moment for which nothing is started.

        False where its row is there already, whoever wrote it.

        Raises:
            LeaseLostError: ``lease`` is not the newest one.
        """
        with self._database.writing() as connection:
            leases.check(connection, lease)
            return self._insert(connection, run)

    def start(self, lease: Lease, run: PlannedRun, order: JobOrder) -> bool:
        """Take a moment for the job ``run.job_id``, and write that job down with it.

        False where its row is there already: somebody else started it, or it was settled.

        Raises:
            LeaseLostError: ``lease`` is not the newest one.
        """
        with self._database.writing() as connection:
            leases.check(connection, lease)
            if not self._insert(connection, run):
                return False
            insert_job(self._database, connection, run.job_id, order)
        return True

    def forget_what_is_to_come(
        self, lease: Lease, server_id: str, schedule: str, now: datetime
    ) -> int:
        """Forget moments that lie in the future at ``now`` and have fired: a clock ran ahead.

        A clock that was set back is believed after a day, so that one that goes back and forth
        repeats nothing; within an hour two watchers' clocks may differ. Gives how many there were.

        Raises:
            LeaseLostError: ``lease`` is not the newest one.
        """
        to_come = and_(
            planned_run.c.server_id == server_id,
            planned_run.c.schedule == schedule,
            planned_run.c.planned_at > to_micros(now + _CLOCKS_APART),
        )
        with self._database.reading() as connection:
            row = _state(connection, server_id, schedule)
            there = connection.execute(select(exists().where(to_come))).scalar_one()
        at, since = to_micros(now), None if row is None else row.ahead_since
        doubted = None if not there else at if since is None or since > at else since
        forgets = doubted is not None and at - doubted >= DAY
        if doubted == since and not forgets:
            return 0
        with self._database.writing() as connection:
            leases.check(connection, lease)
            count = (
                connection.execute(delete(planned_run).where(to_come)).rowcount if forgets else 0
            )
            connection.execute(
                update(schedule_state)
                .where(
                    schedule_state.c.server_id == server_id, schedule_state.c.schedule == schedule
                )
                .values(ahead_since=None if forgets else doubted)
            )
            if count:
                self._database.note_change(connection, server_id)
        return int(count)

    def of_schedule(
        self, server_id: str, schedule: str, until: datetime, count: int
    ) -> tuple[PlannedRun, ...]:
        """The newest ``count`` moments up to ``until`` of which something became, newest first."""
        wanted = {"server_id": server_id, "schedule": schedule, "until": to_micros(until)}
        with self._database.reading() as connection:
            rows = connection.execute(_OF_SCHEDULE, {**wanted, "count": count}).all()
        return tuple(map(_run, rows))

    def newest(self, server_ids: Sequence[str], count: int) -> tuple[PlannedRun, ...]:
        """The newest moments of all schedules of these servers, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(_NEWEST, {"servers": list(server_ids), "count": count}).all()
        return tuple(map(_run, rows))

    def _insert(self, connection: Connection, run: PlannedRun) -> bool:
        """Insert the row, or take up one that waits to be started again; whether it is ours."""
        values = {
            "state": run.state.value,
            "started_at": None if run.started_at is None else to_micros(run.started_at),
            "job_id": run.job_id,
            "why": run.why,
        }
        inserted = connection.execute(
            self._database.insert(planned_run)
            .values(
                server_id=run.server_id,
                schedule=run.schedule,
                planned_at=to_micros(run.planned_at),
                **values,
            )
            .on_conflict_do_update(
                index_elements=["server_id", "schedule", "planned_at"],
                set_=values,
                where=planned_run.c.state == RunState.PLANNED.value,
            )
            .returning(planned_run.c.schedule)
        ).first()
        if inserted is None:
            return False
        self._database.note_change(connection, run.server_id)
        return True


def _state(connection: Connection, server_id: str, schedule: str) -> Row[Any] | None:
    return connection.execute(_STATE, {"server_id": server_id, "schedule": schedule}).first()


def _known(row: Row[Any]) -> Known:
    return Known(
        since=from_micros(row.known_since),
        paused_at=None if row.paused_at is None else from_micros(row.paused_at),
        paused_by=row.paused_by,
    )


def _run(row: Row[Any]) -> PlannedRun:
    return PlannedRun(
        schedule=row.schedule,
        server_id=row.server_id,
        planned_at=from_micros(row.planned_at),
        state=RunState(row.state),
        started_at=None if row.started_at is None else from_micros(row.started_at),
        job_id=row.job_id,
        why=row.why,
    )
