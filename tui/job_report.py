"""Jobs told: lines for people, a bar for a terminal, documents for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.api.jobs import JobNote
from core.model.job import Job, JobState, Progress
from tui.figures import duration, moment, percent, size
from tui.text import one_line

_BAR_CELLS = 24


def progress_line(progress: Progress, width: int) -> str:
    """How far a job is, on one line of at most ``width`` columns."""
    parts = [progress.phase or "begins"]
    if progress.total:
        part = min(1.0, progress.done / progress.total)
        filled = int(part * _BAR_CELLS)
        parts.append(f"[{'#' * filled}{'.' * (_BAR_CELLS - filled)}] {percent(part)}")
        parts.append(f"{size(progress.done)} of {size(progress.total)}")
    elif progress.done:
        parts.append(size(progress.done))
    if progress.bytes_per_second:
        parts.append(f"{size(progress.bytes_per_second)}/s")
    if progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    return one_line("  ".join(parts))[:width]


def job_line(job: Job, now: datetime) -> str:
    """One job for people."""
    order = job.order
    what = f"{order.arguments.get('kind', '')} {order.kind.value}".strip()
    began = moment(job.started_at or job.created_at, relative_to=now)
    words = [job.job_id, job.state.value.upper() if _is_bad(job) else job.state.value, what]
    words += [order.server_id or "every server", began, f"by {order.who}"]
    if job.state.is_over and job.finished_at and job.started_at:
        words.append(duration(job.finished_at - job.started_at))
    if not job.state.is_over:
        words.append(progress_line(job.progress, 100))
    if job.cancel_asked and not job.state.is_over:
        words.append("is asked to stop")
    return one_line("  ".join([*words, job.result]).rstrip())


def outcome_lines(job: Job) -> list[str]:
    """What came of a job, for people."""
    said = f"{job.state.value}: {job.result}" if job.result else job.state.value
    lines = [one_line(f"job {job.job_id} {said}")]
    if job.remedy and job.state is not JobState.DONE:
        lines.append(one_line(f"  do:  {job.remedy}"))
    return lines


def job_document(job: Job, notes: Sequence[JobNote] = ()) -> dict[str, Any]:
    """One job for programs."""
    progress = job.progress
    return {
        "id": job.job_id,
        "kind": job.order.kind.value,
        "server": job.order.server_id,
        "who": job.order.who,
        "schedule": job.order.schedule or None,
        "arguments": job.order.arguments,
        "state": job.state.value,
        "phase": progress.phase or None,
        "done_bytes": progress.done,
        "total_bytes": progress.total,
        "bytes_per_second": progress.bytes_per_second,
        "seconds_left": progress.seconds_left,
        "host": job.host,
        "pid": job.pid,
        "created_at": job.created_at.isoformat(),
        "started_at": _moment(job.started_at),
        "heartbeat_at": _moment(job.heartbeat_at),
        "finished_at": _moment(job.finished_at),
        "cancel_asked": job.cancel_asked,
        "result": job.result or None,
        "remedy": job.remedy or None,
        "notes": [{"at": note.at.isoformat(), "text": note.text} for note in notes],
    }


def _is_bad(job: Job) -> bool:
    return job.state in {JobState.FAILED, JobState.INTERRUPTED}


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
