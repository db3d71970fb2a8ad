"""Roll-ups: minutes from raw samples, hours from minutes.

A minute is always computed from all of its raw samples and an hour from all of its minutes, and
replaces what was there: doing it again, after a crash or for a late sample, changes nothing else.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, func, select

from core.store.database import Database
from core.store.moments import HOUR, MINUTE, floor_to
from core.store.progress import Task, hold, set_mark
from core.store.tables import sample, sample_hour, sample_minute


def roll_up(database: Database, server_ref: int, now: int) -> None:
    """Roll up a server's samples until the last whole minute before ``now``.

    One hour a transaction, so that writers never wait long.
    """
    until = floor_to(now, MINUTE)
    while _roll_up_some(database, server_ref, until):
        pass


def _roll_up_some(database: Database, server_ref: int, until: int) -> bool:
    """Roll up the next hour that has samples; whether there may be more."""
    with database.writing() as connection:
        done = hold(database, connection, server_ref).rolled_until
        if done >= until:
            return False
        first = connection.execute(
            select(func.min(sample.c.at)).where(
                sample.c.server_ref == server_ref, sample.c.at >= done, sample.c.at < until
            )
        ).scalar()
        start = until if first is None else floor_to(first, MINUTE)
        end = min(until, floor_to(start, HOUR) + HOUR)
        if start < end:
            _minutes(database, connection, server_ref, start, end)
        for hour in {floor_to(done, HOUR), floor_to(start, HOUR)}:
            if hour + HOUR <= end:
                _hour(database, connection, server_ref, hour)
        set_mark(database, connection, server_ref, Task.ROLLED_UP, end)
    return end < until


def _minutes(
    database: Database, connection: Connection, server_ref: int, start: int, end: int
) -> None:
    value = sample.c.value
    _replace(
        database,
        connection,
        sample_minute,
        _rolled(
            sample,
            MINUTE,
            (func.min(value), func.max(value), func.sum(value), func.count()),
        ).where(sample.c.server_ref == server_ref, sample.c.at >= start, sample.c.at < end),
    )


def _hour(database: Database, connection: Connection, server_ref: int, hour: int) -> None:
    minute = sample_minute.c
    columns = (
        func.min(minute.low),
        func.max(minute.high),
        func.sum(minute.total),
        func.sum(minute["count"]),
    )
    _replace(
        database,
        connection,
        sample_hour,
        _rolled(sample_minute, HOUR, columns).where(
            minute.server_ref == server_ref, minute.at >= hour, minute.at < hour + HOUR
        ),
    )


def _rolled(table: Table, step: int, columns: tuple[ColumnElement[Any], ...]) -> Select[Any]:
    at = table.c.at // step * step
    return select(table.c.server_ref, table.c.metric_ref, at, *columns).group_by(
        table.c.server_ref, table.c.metric_ref, at
    )


def _replace(database: Database, connection: Connection, into: Table, rows: Select[Any]) -> None:
    names = ["server_ref", "metric_ref", "at", "low", "high", "total", "count"]
    statement = database.insert(into).from_select(names, rows)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=names[:3], set_={name: statement.excluded[name] for name in names[3:]}
        )
    )
