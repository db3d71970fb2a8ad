"""A job: how far it has come, how fast, for how long still, and what it said."""

from __future__ import annotations

from core.model.job import Job, JobLog, JobState, Progress
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, crop, joined, line, width_of
from tui.panes.backup_words import job_state, job_words, seconds_since
from tui.panes.parts import facts_beside, heading, labelled, number
from tui.panes.view import View
from tui.text import clean, one_line
from tui.widgets.bar import bar

LEAST_BAR = 8
SILENT_SECONDS = 60.0
"""A job that gives no sign of life for so long may be dead."""


def progress_lines(view: View, job: Job, width: int) -> list[Line]:
    """What runs and how far it is, on one line or on two."""
    told = line(Span(job_words(job), Role.STRONG), Span(f"  {_phase(job)}", Role.TEXT))
    rest = _figures(view, job)
    row = bar_line(job.progress, rest, width)
    return [crop(told, width), row] if row else [crop(told, width)]


def bar_line(progress: Progress, beside: Line, width: int) -> Line:
    """A bar, and beside it the share, the rate and what is left; without a total no bar."""
    if progress.total is None or progress.total <= 0:
        return crop(beside, width)
    share = line(Span(figures.percent(min(1.0, progress.done / progress.total)), Role.NUMBER))
    told = joined([share, beside])
    room = width - width_of(told) - 1
    if room < LEAST_BAR:
        return crop(told, width)
    return line(bar(progress.done, progress.total, min(room, 40)), " ", told)


def _phase(job: Job) -> str:
    if job.state is JobState.QUEUED:
        return "begins"
    return "stopping" if job.cancel_asked else one_line(job.progress.phase) or "begins"


def _figures(view: View, job: Job) -> Line:
    """Rate and time left; where it says nothing any more, since when."""
    progress, silent = job.progress, _silence(view, job)
    if silent is not None:
        return line(Span(f"▲ no sign of life for {figures.duration(silent)}", Role.WARNING))
    done = figures.size(progress.done) if progress.total is None and progress.done else ""
    rate = progress.bytes_per_second
    told = "" if rate is None else f"{figures.size(rate)}/s"
    left = progress.seconds_left
    return joined([
        number(done),
        number(told),
        EMPTY if left is None else line(Span(f"{figures.duration(left)} left", Role.NUMBER)),
    ])  # fmt: skip


def _silence(view: View, job: Job) -> float | None:
    if job.state.is_over or job.heartbeat_at is None:
        return None
    seconds = seconds_since(view, job.heartbeat_at)
    return seconds if seconds > SILENT_SECONDS else None


def job_lines(view: View, log: JobLog, width: int) -> list[Line]:
    """Everything about one job: its state, its progress, its notes, what came of it."""
    job = log.job
    lines = [*facts_beside(_facts(view, job), width)]
    if not job.state.is_over:
        lines += [EMPTY, *progress_lines(view, job, width)]
    if job.result:
        lines += [EMPTY, *labelled("result  ", clean(job.result), width, Role.STRONG)]
    if job.remedy:
        lines += labelled("do      ", clean(job.remedy), width, Role.STRONG)
    return [*lines, EMPTY, heading("Log", width), *note_lines(view, log, width)]


def note_lines(view: View, log: JobLog, width: int) -> list[Line]:
    """What a job said, each with its time, the newest last."""
    if not log.notes:
        return [line(Span("it has said nothing yet", Role.MUTED))]
    rows: list[Line] = []
    for note in log.notes:
        at = figures.moment(note.at, relative_to=view.now)
        rows += labelled(f"{at}  ", clean(note.text), width)
    return rows


def _facts(view: View, job: Job) -> list[tuple[str, Line]]:
    began = job.started_at or job.created_at
    ended = job.finished_at or view.reference
    where = f"{one_line(job.host)}, pid {job.pid}" if job.pid else one_line(job.host)
    return [
        ("state", line(job_state(job))),
        ("does", line(Span(job_words(job), Role.TEXT))),
        ("asked by", line(Span(one_line(job.order.who), Role.TEXT))),
        ("schedule", line(Span(one_line(job.order.schedule), Role.TEXT))),
        ("began", number(figures.moment(began, relative_to=view.now))),
        ("took" if job.state.is_over else "runs for",
         number(figures.duration(max(0.0, (ended - began).total_seconds())))),
        ("on", line(Span(where, Role.TEXT))),
        ("job", line(Span(one_line(job.job_id), Role.MUTED))),
    ]  # fmt: skip
