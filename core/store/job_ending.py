"""How a job ends: in its own row, and in that of the planned run that it was started for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, update

from core.model.job import JobState
from core.model.schedule import RunState
from core.store.database import Database
from core.store.tables import job, planned_run


@dataclass(frozen=True, slots=True)
class Ending:
    """What came of a job, and what a person should do about it."""

    state: JobState
    result: str
    remedy: str


def finish(
    database: Database, connection: Connection, ending: Ending, *which: ColumnElement[bool]
) -> bool:
    """End the job that fulfils ``which``, and its planned run; false where there is none."""
    row = connection.execute(
        update(job)
        .where(*which)
        .values(
            state=ending.state.value,
            result=ending.result,
            remedy=ending.remedy,
            finished_at=database.now(connection),
            seconds_left=None,
        )
        .returning(job.c.job_id, job.c.server_id)
    ).first()
    if row is None:
        return False
    run = planned_run.c
    is_done = ending.state is JobState.DONE
    connection.execute(
        update(planned_run)
        .where(run.job_id == row.job_id)
        .values(
            state=(RunState.DONE if is_done else RunState.FAILED).value,
            # Why it was late stays; what came of it stands in the job.
            why=run.why if is_done else _joined(run.why, f"{ending.state.value}: {ending.result}"),
        )
    )
    database.note_change(connection, row.server_id)
    return True


def _joined(column: ColumnElement[str], text: str) -> ColumnElement[str]:
    return case((column == "", text), else_=column + "; " + text)
