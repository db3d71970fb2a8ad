"""Schedules told: lines for people, documents for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from core.model.schedule import PlannedRun, RunState, ScheduleStatus, UpcomingRun
from tui.figures import duration
from tui.text import one_line

_BAD = frozenset({RunState.FAILED, RunState.MISSED, RunState.OVERLAPPING})


def status_lines(status: ScheduleStatus, now: datetime) -> Iterator[str]:
    """One schedule of one server for people."""
    if status.is_paused:
        coming = "PAUSED"
    elif status.due_at is not None:
        waiting = "LATE, waiting" if status.is_late else "waiting"
        coming = f"{waiting} since {_said(status.due_at)}, {duration(now - status.due_at)}"
    elif status.next_at is None:
        coming = "NEVER FIRES"
    else:
        coming = f"next {_said(status.next_at)}, in {duration(status.next_at - now)}"
    yield one_line(f"{status.server_id}  {status.name}  {status.kind}  {coming}")
    yield one_line(f"  {status.sentence}  [{status.cron}]")
    if status.last is not None:
        yield f"  last {run_words(status.last)}"


def run_words(run: PlannedRun) -> str:
    """What became of one moment."""
    state = run.state.value.upper() if run.state in _BAD else run.state.value
    why = f": {run.why}" if run.why else ""
    return one_line(f"{_said(run.planned_at)}  {state}{why}")


def upcoming_line(run: UpcomingRun, now: datetime) -> str:
    """One moment to come, for people."""
    coming = f"{_said(run.at)}  in {duration(run.at - now)}"
    return one_line(f"{coming}  {run.server_id}  {run.schedule} ({run.kind})")


def status_document(status: ScheduleStatus) -> dict[str, Any]:
    """One schedule for programs."""
    return {
        "server": status.server_id,
        "name": status.name,
        "kind": status.kind,
        "cron": status.cron,
        "sentence": status.sentence,
        "time_zone": status.time_zone,
        "paused": status.is_paused,
        "next_at": status.next_at.isoformat() if status.next_at else None,
        "due_at": status.due_at.isoformat() if status.due_at else None,
        "last": run_document(status.last) if status.last else None,
    }


def run_document(run: PlannedRun) -> dict[str, Any]:
    """What became of one moment, for programs."""
    return {
        "server": run.server_id,
        "schedule": run.schedule,
        "planned_at": run.planned_at.isoformat(),
        "state": run.state.value,
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "job": run.job_id or None,
        "why": run.why or None,
    }


def upcoming_document(run: UpcomingRun) -> dict[str, Any]:
    """One moment to come, for programs."""
    return {
        "server": run.server_id,
        "schedule": run.schedule,
        "kind": run.kind,
        "at": run.at.isoformat(),
    }


def _said(moment: datetime) -> str:
    """A moment in the viewer's own time zone."""
    return f"{moment.astimezone():%a %Y-%m-%d %H:%M %Z}"
