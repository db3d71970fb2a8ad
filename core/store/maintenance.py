"""What keeps the store small: roll-ups, retention, thinning, and giving space back.

Everything is done in small transactions, so that no writer waits long, and can be broken off at
any point and done again.

Snapshots of the last ``snapshot_full_minutes`` are all kept. Older ones are thinned to the first of
each ``snapshot_thinned_seconds`` and subject; the oldest go when they are older than
``snapshot_hours``, or when a server's take more than ``snapshot_bytes_per_server``.

How old something is, is counted back from the newest record at most, and from a clock that is
believed (``believed``): a clock that is wrong for a while costs nothing that was recorded.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import ColumnElement, Table, delete, exists, func, select, tuple_

from core.config.settings import StoreSettings
from core.store.audit import Audit
from core.store.believed import Belief, believe
from core.store.codec import SUBJECTS
from core.store.database import Database
from core.store.jobs import UNDER_WAY
from core.store.moments import DAY, HOUR, MINUTE, SECOND, floor_to, from_micros
from core.store.progress import Task, hold, marks, set_mark
from core.store.rollups import roll_up
from core.store.tables import (
    job,
    keyframe,
    metric,
    planned_run,
    request,
    sample,
    sample_hour,
    sample_minute,
    server,
    snapshot,
    statement_minute,
    statement_text,
)

_log = logging.getLogger(__name__)

_SNAPSHOTS_AT_ONCE = 10 * MINUTE
_ROWS_AT_ONCE = 2_000
_UNUSED_KEYFRAME_LASTS = HOUR
_REQUEST_LASTS = DAY
_AUDIT_SLACK = timedelta(days=1)


class Maintenance:
    """The work of :meth:`core.store.store.Store.maintain`, server by server."""

    def __init__(self, database: Database, settings: StoreSettings) -> None:
        self._database = database
        self._settings = settings

    def run(self) -> None:
        """Roll up, thin and forget what is due by now, of every server and of the store.

        Raises:
            StoreError: the store failed; what was done stays done.
        """
        with self._database.reading() as connection:
            now = self._database.now(connection)
            servers = connection.execute(select(server.c.server_ref)).scalars().all()
            written = select(snapshot.c.taken_at).order_by(snapshot.c.snapshot_id.desc()).limit(1)
            newest = connection.execute(written).scalar()
        believed = now
        for server_ref in servers:
            believed = min(self._believed(server_ref, now), now if newest is None else newest)
            roll_up(self._database, server_ref, now)
            self._forget_samples(server_ref, believed)
            self._thin_snapshots(server_ref, believed)
            self._forget_snapshots(server_ref, believed)
            self._forget_statements(server_ref, believed)
        self._delete(request, request.c.created_at < now - _REQUEST_LASTS)
        self._forget_jobs(believed)
        self._prune_audit(believed)
        self._database.tidy()

    def _believed(self, server_ref: int, now: int) -> int:
        """The moment from which the age of a server's records counts."""
        with self._database.writing() as connection:
            found = marks(connection, server_ref)
            until = found.get(Task.CLOCK_BELIEVED)
            doubted = found.get(Task.CLOCK_DOUBTED, 0)
            before = None if until is None else Belief(until, doubted)
            belief = believe(before, now)
            for task, value in (
                (Task.CLOCK_BELIEVED, belief.until),
                (Task.CLOCK_DOUBTED, belief.doubted_since),
            ):
                set_mark(self._database, connection, server_ref, task, value)
        if belief.doubted_since and not doubted:
            _log.warning(
                "the clock is %d h ahead of the last look: nothing is dropped for its age in a day",
                (now - belief.until) // HOUR,
            )
        return belief.until

    def _forget_samples(self, server_ref: int, now: int) -> None:
        """Drop what is rolled up and too old; first say from where on it can't be relied on."""
        settings = self._settings
        with self._database.writing() as connection:
            there = hold(self._database, connection, server_ref)
            raw_from = _cutoff(now, settings.sample_raw_days * DAY, MINUTE, there.rolled_until)
            minutes_from = _cutoff(now, settings.sample_minute_days * DAY, HOUR, raw_from)
            for task, moment, old in (
                (Task.RAW_FROM, raw_from, there.raw_from),
                (Task.MINUTES_FROM, minutes_from, there.minutes_from),
            ):
                if moment > old:
                    set_mark(self._database, connection, server_ref, task, moment)
            metrics = connection.execute(select(metric.c.metric_ref)).scalars().all()
        self._delete(sample, sample.c.server_ref == server_ref, sample.c.at < raw_from)
        hours_from = now - round(settings.sample_hour_days * DAY)
        for table, until in ((sample_minute, minutes_from), (sample_hour, hours_from)):
            for metric_ref in metrics:
                self._delete(
                    table,
                    table.c.server_ref == server_ref,
                    table.c.metric_ref == metric_ref,
                    table.c.at < until,
                )

    def _thin_snapshots(self, server_ref: int, now: int) -> None:
        step = round(self._settings.snapshot_thinned_seconds * SECOND)
        until = floor_to(now - round(self._settings.snapshot_full_minutes * MINUTE), step)
        while self._thin_some(server_ref, step, until):
            pass

    def _thin_some(self, server_ref: int, step: int, until: int) -> bool:
        """Thin the next few minutes that have snapshots; whether there may be more."""
        taken_at = snapshot.c.taken_at
        with self._database.writing() as connection:
            done = marks(connection, server_ref).get(Task.THINNED, 0)
            first = connection.execute(
                select(func.min(taken_at)).where(*_of(server_ref), taken_at >= done)
            ).scalar()
            if first is None or first >= until:
                return False
            start = floor_to(first, step)
            end = min(until, start + floor_to(_SNAPSHOTS_AT_ONCE, step) + step)
            place = func.row_number().over(
                partition_by=(snapshot.c.subject, taken_at // step), order_by=taken_at
            )
            ranked = (
                select(snapshot.c.snapshot_id, place.label("place"))
                .where(*_of(server_ref), taken_at >= start, taken_at < end)
                .subquery()
            )
            connection.execute(
                delete(snapshot).where(
                    snapshot.c.snapshot_id.in_(
                        select(ranked.c.snapshot_id).where(ranked.c.place > 1)
                    )
                )
            )
            set_mark(self._database, connection, server_ref, Task.THINNED, end)
        return end < until

    def _forget_snapshots(self, server_ref: int, now: int) -> None:
        """Drop the oldest snapshots; each subject's newest stays, however old it is."""
        too_old = now - round(self._settings.snapshot_hours * HOUR)
        with self._database.reading() as connection:
            newest = [
                connection.execute(
                    select(snapshot.c.snapshot_id)
                    .where(snapshot.c.server_ref == server_ref, snapshot.c.subject == subject)
                    .order_by(snapshot.c.taken_at.desc())
                    .limit(1)
                ).scalar()
                for subject in SUBJECTS
            ]
            minute = (snapshot.c.taken_at // MINUTE).label("minute")
            sizes = connection.execute(
                select(minute, func.sum(snapshot.c.size))
                .where(snapshot.c.server_ref == server_ref)
                .group_by(minute)
                .order_by(minute.desc())
            ).all()
            keyframe_bytes = connection.execute(
                select(func.coalesce(func.sum(func.length(keyframe.c.payload)), 0)).where(
                    keyframe.c.server_ref == server_ref
                )
            ).scalar_one()
        left = self._settings.snapshot_bytes_per_server - int(keyframe_bytes)
        for number, size in sizes:
            left -= int(size)
            if left < 0:
                too_old = max(too_old, (number + 1) * MINUTE)
                break
        self._delete(
            snapshot,
            *_of(server_ref),
            snapshot.c.taken_at < too_old,
            snapshot.c.snapshot_id.not_in([number for number in newest if number is not None]),
        )
        self._delete(
            keyframe,
            keyframe.c.server_ref == server_ref,
            keyframe.c.taken_at < now - _UNUSED_KEYFRAME_LASTS,
            ~exists().where(snapshot.c.keyframe_id == keyframe.c.keyframe_id),
        )

    def _forget_statements(self, server_ref: int, now: int) -> None:
        """Drop old statement minutes and texts, once an hour: they are found by a full scan."""
        until = floor_to(now - round(self._settings.statement_days * DAY), HOUR)
        with self._database.writing() as connection:
            if until <= marks(connection, server_ref).get(Task.STATEMENTS_FROM, 0):
                return
            set_mark(self._database, connection, server_ref, Task.STATEMENTS_FROM, until)
        self._delete(
            statement_minute,
            statement_minute.c.server_ref == server_ref,
            statement_minute.c.at < until,
        )
        self._delete(
            statement_text,
            statement_text.c.server_ref == server_ref,
            statement_text.c.seen_at < until,
            ~exists().where(
                statement_minute.c.server_ref == server_ref,
                statement_minute.c.query_id == statement_text.c.query_id,
            ),
        )

    def _forget_jobs(self, now: int) -> None:
        """Drop old planned runs, and old jobs with their notes, unless they are under way."""
        until = now - round(self._settings.job_days * DAY)
        self._delete(planned_run, planned_run.c.planned_at < until)
        self._delete(job, job.c.created_at < until, job.c.state.not_in(UNDER_WAY))

    def _prune_audit(self, now: int) -> None:
        before = from_micros(now) - timedelta(days=self._settings.audit_days)
        audit = Audit(self._database)
        oldest = audit.oldest()
        if oldest is not None and oldest < before - _AUDIT_SLACK:
            audit.prune(before)

    def _delete(self, table: Table, *conditions: ColumnElement[bool]) -> None:
        key = tuple_(*table.primary_key.columns)
        some = select(*table.primary_key.columns).where(*conditions).limit(_ROWS_AT_ONCE)
        while True:
            with self._database.writing() as connection:
                gone = connection.execute(delete(table).where(key.in_(some))).rowcount
            if gone < _ROWS_AT_ONCE:
                return


def _of(server_ref: int) -> tuple[ColumnElement[bool], ...]:
    """Conditions by which the index finds a server's snapshots of a span."""
    return (snapshot.c.server_ref == server_ref, snapshot.c.subject.in_(SUBJECTS))


def _cutoff(now: int, kept: float, step: int, most: int) -> int:
    """The whole ``step`` before which rows are too old, never after ``most``."""
    return floor_to(min(now - round(kept), most), step)
