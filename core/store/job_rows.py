"""A job's row, and what it is in the language of the other rooms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.model.job import Job, JobKind, JobOrder, JobState, Progress
from core.store.database import Database
from core.store.local import Here, here
from core.store.moments import from_micros
from core.store.tables import job


@dataclass(frozen=True, slots=True)
class PhaseRecord:
    """A phase that is over: how long it took, and how many bytes it did."""

    name: str
    seconds: float
    done_bytes: int


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A job whose process is dead.

    ``is_here``: it ran on this host, so that what it left behind can be cleared from here.
    ``had_begun``: else its process never came to do anything.
    """

    job: Job
    is_here: bool
    had_begun: bool


def insert_job(database: Database, connection: Connection, job_id: str, order: JobOrder) -> None:
    """Write down, in this transaction, a job that the calling process is about to start."""
    now = database.now(connection)
    connection.execute(
        job.insert().values(
            **place(here()),
            job_id=job_id,
            server_id=order.server_id,
            kind=order.kind.value,
            state=JobState.QUEUED.value,
            phase="",
            done=0,
            who=order.who,
            created_at=now,
            heartbeat_at=now,
            cancel_asked=False,
            result="",
            schedule=order.schedule,
            arguments=written(order),
            phases="[]",
            remedy="",
        )
    )
    database.note_change(connection, order.server_id)


def place(process: Here) -> dict[str, Any]:
    """The columns that say which process does a job."""
    return {"host": process.host, "pid": process.pid, "pid_started": process.pid_started}


def written(order: JobOrder) -> str:
    """An order's arguments as the row has them: equal orders have equal ones."""
    return json.dumps(order.arguments, sort_keys=True)


def phases_written(phases: Sequence[PhaseRecord]) -> str:
    """Phases as the row has them."""
    return json.dumps([[each.name, each.seconds, each.done_bytes] for each in phases])


def phases_of(text: str) -> tuple[PhaseRecord, ...]:
    """The phases that :func:`phases_written` wrote."""
    return tuple(PhaseRecord(*each) for each in json.loads(text))


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def job_of(row: Row[Any]) -> Job:
    """The job of a row."""
    return Job(
        job_id=row.job_id,
        order=JobOrder(
            kind=JobKind(row.kind),
            server_id=row.server_id,
            who=row.who,
            arguments=json.loads(row.arguments),
            schedule=row.schedule,
        ),
        state=JobState(row.state),
        progress=Progress(
            phase=row.phase,
            done=row.done,
            total=row.total,
            bytes_per_second=row.bytes_per_second,
            seconds_left=row.seconds_left,
        ),
        host=row.host.split(" ")[0],
        pid=row.pid,
        created_at=from_micros(row.created_at),
        started_at=_moment(row.started_at),
        heartbeat_at=_moment(row.heartbeat_at),
        finished_at=_moment(row.finished_at),
        cancel_asked=row.cancel_asked,
        result=row.result,
        remedy=row.remedy,
    )
