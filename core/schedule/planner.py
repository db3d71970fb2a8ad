"""What becomes of a schedule's moments: pure, from what is known at one time.

A moment is due when it has come. It is *late* when it begins more than a while after it, because
nobody ran then or because something else was under way; *missed* when it is too old by now, or
when a later one is due; *skipped* when the schedule is paused, its window has closed, or what it
asks for does not hold; *overlapping* when its schedule's run before is still under way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from core.config.schedule_settings import SchedulerSettings
from core.model.job import Job, JobKind
from core.model.schedule import PlannedRun, RunState
from core.schedule.conditions import NOTHING_ASKED, Answer, Verdict
from core.schedule.cron import CronTrigger
from core.store.runs import Known

_LOOKED_THROUGH = timedelta(days=31)
_STARTS_TRIED = 3


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of one schedule of one server at ``now``.

    ``last`` is the newest of its moments up to now of which something became; ``again`` are those
    whose job died before it began. ``under_way`` are the server's jobs that are not over,
    ``verdict`` says whether what ``only_if`` asks for holds, ``failed_starts`` how many processes
    for the newest moment died before they had begun.
    """

    now: datetime
    known: Known
    last: datetime | None
    again: Sequence[datetime]
    under_way: Sequence[Job]
    verdict: Verdict = NOTHING_ASKED
    failed_starts: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """``settled`` are the moments for which nothing is started; ``start`` is the one that is due.

    ``waits_for`` says what the newest moment still waits for, empty where there is none.
    """

    settled: tuple[PlannedRun, ...] = ()
    start: PlannedRun | None = None
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A schedule of one server, as the planner needs it."""

    name: str
    server_id: str
    kind: JobKind
    trigger: CronTrigger


def plan(planned: Planned, seen: Situation, settings: SchedulerSettings) -> Plan:
    """What becomes of every moment up to ``seen.now`` of which nothing has become yet."""
    moments, passed_over = _due(planned, seen, settings)
    if not moments:
        return Plan()
    *earlier, newest = moments
    missed = [_missed(planned, at, newest, seen) for at in earlier]
    if passed_over and missed:
        missed[0] = replace(missed[0], why=f"{missed[0].why}; {passed_over} more before it")
    decided = _decide(planned, newest, seen, settings)
    if isinstance(decided, str):
        return Plan(tuple(missed), waits_for=decided)
    if decided.state in {RunState.STARTED, RunState.LATE}:
        return Plan(tuple(missed), start=decided)
    return Plan((*missed, decided))


def _due(
    planned: Planned, seen: Situation, settings: SchedulerSettings
) -> tuple[list[datetime], int]:
    """The newest moments that are due, oldest first, and how many there were before them."""
    wanted = seen.known.since if seen.last is None else max(seen.known.since, seen.last)
    since = max(wanted, seen.now - _looked_through(planned, seen.now, settings))
    found: deque[datetime] = deque(maxlen=settings.missed_listed + 1)
    count = 0
    for at in planned.trigger.all_after(since):
        if at > seen.now:
            break
        found.append(at)
        count += 1
    listed = sorted({*seen.again, *found})
    return listed, count - len(found)


def _looked_through(planned: Planned, now: datetime, settings: SchedulerSettings) -> timedelta:
    """A span that holds as many moments as are listed, however rare they are."""
    coming = list(islice(planned.trigger.all_after(now), settings.missed_listed + 1))
    return max(_LOOKED_THROUGH, 2 * (coming[-1] - now)) if coming else _LOOKED_THROUGH


def _missed(planned: Planned, at: datetime, newest: datetime, seen: Situation) -> PlannedRun:
    """What is said of a moment whose successor is due as well."""
    if seen.known.paused_at is not None and seen.known.paused_at <= at:
        return _run(planned, at, RunState.SKIPPED, _paused(seen.known))
    blocking = _blocking(planned, seen.under_way)
    because = "nobody was there to start it"
    if blocking is not None and _began(blocking) <= at:
        because = f"{_named(blocking)} was under way"
    why = f"{because}; the one of {_said(newest)} comes in its place"
    return _run(planned, at, RunState.MISSED, why)


def _decide(
    planned: Planned, at: datetime, seen: Situation, settings: SchedulerSettings
) -> PlannedRun | str:
    """What becomes of the newest moment; a text says what it waits for."""
    blocking = _blocking(planned, seen.under_way)
    if (ended := _ended(planned, at, seen, settings)) is not None:
        return ended
    if blocking is not None:
        return f"waits for {_named(blocking)}"
    if seen.failed_starts >= _STARTS_TRIED:
        why = f"its process died {seen.failed_starts} times before it had begun; see jobs.log"
        return _run(planned, at, RunState.FAILED, why)
    is_early = (seen.now - at).total_seconds() < settings.unknown_seconds
    if seen.verdict.answer is Answer.UNKNOWN and is_early:
        return f"waits: {seen.verdict.why}"
    if seen.verdict.answer is not Answer.YES:
        return _run(planned, at, RunState.SKIPPED, seen.verdict.why)
    return _started(planned, at, seen, settings)


def _ended(
    planned: Planned, at: datetime, seen: Situation, settings: SchedulerSettings
) -> PlannedRun | None:
    """What became of a moment that nothing is waited for any more."""
    late = seen.now - at
    blocking = _blocking(planned, seen.under_way)
    if seen.known.paused_at is not None:
        return _run(planned, at, RunState.SKIPPED, _paused(seen.known))
    if late > timedelta(hours=settings.late_hours):
        return _run(planned, at, RunState.MISSED, _too_late(late, blocking, settings))
    if not planned.trigger.is_open(seen.now):
        return _run(planned, at, RunState.SKIPPED, f"{_length(late)} late, its window had closed")
    if blocking is not None and blocking.order.schedule == planned.name:
        why = f"{_named(blocking)} of the same schedule was still under way"
        return _run(planned, at, RunState.OVERLAPPING, why)
    return None


def _started(
    planned: Planned, at: datetime, seen: Situation, settings: SchedulerSettings
) -> PlannedRun:
    late = seen.now - at
    if late.total_seconds() <= settings.late_after_seconds:
        return replace(_run(planned, at, RunState.STARTED, ""), started_at=seen.now)
    again = "the process that was to do it died before it had begun"
    because = again if at in seen.again else "it could not be started before"
    why = f"{_length(late)} late: {because}"
    return replace(_run(planned, at, RunState.LATE, why), started_at=seen.now)


def _too_late(late: timedelta, blocking: Job | None, settings: SchedulerSettings) -> str:
    because = f"; {_named(blocking)} was under way" if blocking else ""
    return f"{_length(late)} late is too late (late_hours = {settings.late_hours:g}){because}"


def _blocking(planned: Planned, under_way: Sequence[Job]) -> Job | None:
    """The oldest job that this one can't run beside: those of its kind, on its server."""
    same = [
        job
        for job in under_way
        if job.order.kind is planned.kind and job.order.server_id == planned.server_id
    ]
    own = [job for job in same if job.order.schedule == planned.name]
    return next(iter(own or same), None)


def _paused(known: Known) -> str:
    return f"paused by {known.paused_by} since {_said(known.paused_at)}"


def _began(job: Job) -> datetime:
    return job.started_at or job.created_at


def _named(job: Job) -> str:
    kind = job.order.arguments.get("kind", "")
    what = f"the {kind} {job.order.kind.value}" if kind else f"a {job.order.kind.value}"
    return f"{what} that began {_said(_began(job))} (job {job.job_id})"


def _run(planned: Planned, at: datetime, state: RunState, why: str) -> PlannedRun:
    return PlannedRun(planned.name, planned.server_id, at, state, why=why)


def _said(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "?"


def _length(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    if minutes < 1:
        return f"{span.total_seconds():.0f} s"
    hours, rest = divmod(minutes, 60)
    if hours == 0:
        return f"{minutes} min"
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{hours // 24} days"
