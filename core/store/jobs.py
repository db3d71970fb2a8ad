"""Jobs: what each is to do, how far it is, who wants it to stop, and which of them are dead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    and_,
    bindparam,
    func,
    select,
    update,
)

from core.model.job import Job, JobNote, JobOrder, JobState, Progress
from core.model.schedule import RunState
from core.store.database import Database
from core.store.job_ending import Ending, finish
from core.store.job_rows import (
    Abandoned,
    PhaseRecord,
    insert_job,
    job_of,
    phases_of,
    phases_written,
    place,
    written,
)
from core.store.local import child, here, host, is_gone
from core.store.moments import SECOND, from_micros
from core.store.tables import job, job_note, planned_run

UNDER_WAY = (JobState.QUEUED.value, JobState.RUNNING.value)
"""The states of jobs that are not over."""

# Statements that are asked for every few seconds are made once: making one takes longer than it.
_UNDER_WAY = select(job).where(job.c.state.in_(UNDER_WAY)).order_by(job.c.created_at)
_NEWEST = select(job).order_by(job.c.created_at.desc()).limit(bindparam("count", type_=Integer))
_NEWEST_OF = _NEWEST.where(job.c.server_id.in_(bindparam("servers", expanding=True)))


class Jobs:
    """The rows of jobs; a job's process writes its own, everybody else asks it to stop."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def submit(self, job_id: str, order: JobOrder) -> None:
        """Write down a job that the calling process is about to start."""
        with self._database.writing() as connection:
            insert_job(self._database, connection, job_id, order)

    def hand_over(self, job_id: str, pid: int) -> None:
        """Say that the process ``pid`` of this host is to do it: when that dies, the job is dead.

        Nothing where the process has said so itself already.
        """
        with self._database.writing() as connection:
            connection.execute(
                update(job)
                .where(job.c.job_id == job_id, job.c.state == JobState.QUEUED.value)
                .values(place(child(pid)))
            )

    def begin(self, job_id: str) -> bool:
        """Say that the calling process does it now; false where it is too late for that.

        It is when the job was given up meanwhile, or when somebody cancelled it.
        """
        with self._database.writing() as connection:
            now = self._database.now(connection)
            server_id = connection.execute(
                update(job)
                .where(
                    job.c.job_id == job_id,
                    job.c.state == JobState.QUEUED.value,
                    ~job.c.cancel_asked,
                )
                .values(
                    **place(here()),
                    state=JobState.RUNNING.value,
                    started_at=now,
                    heartbeat_at=now,
                )
                .returning(job.c.server_id)
            ).scalar()
            if server_id is None:
                ending = Ending(JobState.CANCELLED, "cancelled before it began", "")
                is_queued = job.c.state == JobState.QUEUED.value
                finish(self._database, connection, ending, job.c.job_id == job_id, is_queued)
                return False
            self._database.note_change(connection, server_id)
        return True

    def report(self, job_id: str, progress: Progress, phases: Sequence[PhaseRecord]) -> bool:
        """A sign of life of the calling process and how far it is; whether it is asked to stop.

        A job that was taken for dead, for it was silent so long, is alive again.
        """
        with self._database.writing() as connection:
            row = connection.execute(
                update(job)
                .where(
                    _is_ours(job_id),
                    job.c.state.in_((JobState.RUNNING.value, JobState.INTERRUPTED.value)),
                )
                .values(
                    state=JobState.RUNNING.value,
                    phase=progress.phase,
                    done=progress.done,
                    total=progress.total,
                    bytes_per_second=progress.bytes_per_second,
                    seconds_left=progress.seconds_left,
                    phases=phases_written(phases),
                    heartbeat_at=self._database.now(connection),
                    finished_at=None,
                    result="",
                    remedy="",
                )
                .returning(job.c.server_id, job.c.cancel_asked)
            ).first()
            if row is None:
                return False
            self._database.note_change(connection, row.server_id)
        return bool(row.cancel_asked)

    def note(self, job_id: str, text: str) -> None:
        """Keep something that the job had to say; ``text`` holds no secret."""
        with self._database.writing() as connection:
            connection.execute(select(job.c.job_id).where(job.c.job_id == job_id).with_for_update())
            last = connection.execute(
                select(func.max(job_note.c.number)).where(job_note.c.job_id == job_id)
            ).scalar()
            connection.execute(
                job_note.insert().values(
                    job_id=job_id,
                    number=(last or 0) + 1,
                    at=self._database.now(connection),
                    text=text,
                )
            )

    def finish(self, job_id: str, state: JobState, result: str, remedy: str = "") -> None:
        """Say what came of a job; the planned run that it was started for is told too."""
        with self._database.writing() as connection:
            finish(
                self._database, connection, Ending(state, result, remedy), job.c.job_id == job_id
            )

    def interrupt(self, found: Abandoned, result: str) -> bool:
        """Mark a dead job as interrupted; false where somebody else did, or it lives after all.

        The planned run of one that had not begun is free to be started again.
        """
        same = (
            job.c.job_id == found.job.job_id,
            job.c.state == found.job.state.value,
            job.c.pid == found.job.pid,
        )
        ending = Ending(JobState.INTERRUPTED, result, "nothing: the next run begins afresh")
        with self._database.writing() as connection:
            if not finish(self._database, connection, ending, *same):
                return False
            if not found.had_begun:
                connection.execute(
                    update(planned_run)
                    .where(planned_run.c.job_id == found.job.job_id)
                    .values(state=RunState.PLANNED.value, job_id="", started_at=None, why=result)
                )
        return True

    def ask_cancel(self, job_id: str) -> bool:
        """Ask a job to stop; false where it is over."""
        with self._database.writing() as connection:
            server_id = connection.execute(
                update(job)
                .where(job.c.job_id == job_id, job.c.state.in_(UNDER_WAY))
                .values(cancel_asked=True)
                .returning(job.c.server_id)
            ).scalar()
            if server_id is None:
                return False
            self._database.note_change(connection, server_id)
        return True

    def get(self, job_id: str) -> Job | None:
        """A job as it stands."""
        with self._database.reading() as connection:
            row = connection.execute(select(job).where(job.c.job_id == job_id)).first()
        return None if row is None else job_of(row)

    def newest(self, count: int, server_ids: Sequence[str] = ()) -> tuple[Job, ...]:
        """The newest jobs, newest first; of these servers, where any are given."""
        wanted = {"count": count, **({"servers": list(server_ids)} if server_ids else {})}
        with self._database.reading() as connection:
            rows = connection.execute(_NEWEST_OF if server_ids else _NEWEST, wanted).all()
        return tuple(map(job_of, rows))

    def under_way(self) -> tuple[Job, ...]:
        """The jobs that are not over, oldest first."""
        with self._database.reading() as connection:
            return tuple(map(job_of, _rows_under_way(connection)))

    def stuck(self, *, lost_after_seconds: float) -> tuple[Job, ...]:
        """Those of them that were cancelled, and whose process lives on this host, but is silent.

        It gave no sign for ``lost_after_seconds``.
        """
        with self._database.reading() as connection:
            now = self._database.now(connection)
            rows = _rows_under_way(connection)
        return tuple(
            job_of(row)
            for row in rows
            if row.cancel_asked
            and row.host == host()
            and not is_gone(row.host, row.pid, row.pid_started)
            and now - row.heartbeat_at > round(lost_after_seconds * SECOND)
        )

    def notes(self, job_id: str) -> tuple[JobNote, ...]:
        """What a job had to say, in its order."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(job_note.c.at, job_note.c.text)
                .where(job_note.c.job_id == job_id)
                .order_by(job_note.c.number)
            ).all()
        return tuple(JobNote(from_micros(row.at), row.text) for row in rows)

    def earlier(self, order: JobOrder, count: int) -> tuple[tuple[PhaseRecord, ...], ...]:
        """The phases of the last ``count`` jobs that did the same to the end, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(job.c.phases)
                .where(
                    job.c.server_id == order.server_id,
                    job.c.kind == order.kind.value,
                    job.c.arguments == written(order),
                    job.c.state == JobState.DONE.value,
                )
                .order_by(job.c.created_at.desc())
                .limit(count)
            ).scalars()
            return tuple(map(phases_of, rows))

    def abandoned(self, *, lost_after_seconds: float) -> tuple[Abandoned, ...]:
        """The jobs that are not over though their process is gone.

        Of another host that is so when it was silent for ``lost_after_seconds``.
        """
        with self._database.reading() as connection:
            now = self._database.now(connection)
            rows = _rows_under_way(connection)
        return tuple(
            Abandoned(job_of(row), row.host == host(), row.state == JobState.RUNNING.value)
            for row in rows
            if _is_dead(row, now, lost_after_seconds)
        )


def _rows_under_way(connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(_UNDER_WAY).all()


def _is_dead(row: Row[Any], now: int, lost_after_seconds: float) -> bool:
    if row.host == host():
        return is_gone(row.host, row.pid, row.pid_started)
    # A beat far ahead of now is from before the clock was set back.
    silent: int = abs(now - row.heartbeat_at)
    return silent > round(lost_after_seconds * SECOND)


def _is_ours(job_id: str) -> ColumnElement[bool]:
    me = here()
    return and_(
        job.c.job_id == job_id,
        job.c.host == me.host,
        job.c.pid == me.pid,
        job.c.pid_started == me.pid_started,
    )
