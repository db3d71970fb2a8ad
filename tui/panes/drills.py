"""Drills: what is due and was done, the last proofs, what runs, and what is not set up yet."""

from __future__ import annotations

from enum import Enum

from core.model.differences import differences_told
from core.model.drill import Drill, DrillOverview
from core.model.job import Job, JobKind
from core.model.protection import BackupOverview
from tui import figures
from tui.lines import Line, Role, Span, line, pad, wrap
from tui.panes.backup_words import seconds_since
from tui.panes.drill_calendar import KIND_WIDTH, calendar_lines, legend_line
from tui.panes.drill_words import measured, outcome_of
from tui.panes.job import progress_lines
from tui.panes.parts import flow, heading, number
from tui.panes.view import Missing, View
from tui.text import one_line

MOST_PROOFS = 3
NOT_SET_UP = Missing(
    "? Nothing can be proven yet: pgvigil takes no backups of this server.",
    remedy="Tab leads to the backups, which say how they are set up.",
)
NONE_PLANNED = Missing(
    "? No drill was done, and none happens by itself.",
    why="The config has no schedule that does drills of this server.",
    remedy='d does one now; [[schedules]] kind = "drill" does it by itself (docs/drills.md).',
)


def drill_jobs(overview: BackupOverview) -> tuple[Job, ...]:
    """The drills under way."""
    return tuple(each for each in overview.jobs if each.order.kind is JobKind.DRILL)


def in_place_of_drills(overview: BackupOverview) -> Missing | None:
    """What stands where drills would, where there can't be any, or none is planned."""
    if overview.is_to_be_set_up:
        return NOT_SET_UP
    return NONE_PLANNED if overview.drills is None and not drill_jobs(overview) else None


class Room(Enum):
    """How much there is above the table: for air and signs explained, for all, for the first."""

    MUCH = "much"
    ENOUGH = "enough"
    LITTLE = "little"


def above_drills(view: View, overview: BackupOverview, width: int, room: Room) -> list[Line]:
    """What runs, the calendar, and the last proof of each database."""
    running = [row for job in drill_jobs(overview) for row in progress_lines(view, job, width)]
    drills = overview.drills
    if drills is None:
        return running
    proofs = proof_lines(view, drills, width)
    if room is Room.LITTLE:
        return [*running, *calendar_lines(view, overview, width, most=1), *proofs[:1]]
    calendar = calendar_lines(view, overview, width)
    if room is Room.ENOUGH or not calendar:
        return [*running, *calendar, *proofs]
    head = heading("Last proofs", width)
    return [*running, *calendar, legend_line(width), head, *proofs]


def proof_lines(view: View, drills: DrillOverview, width: int) -> list[Line]:
    """The last proof of each database: which backup, which copy, what came of it, and when."""
    if not drills.proofs:
        told = "no drill has proven a restore yet: d does one, and touches no watched server"
        label = pad(line(Span("proof", Role.LABEL)), KIND_WIDTH)
        first, *rest = wrap(told, max(1, width - KIND_WIDTH), Role.NOTICE)
        return [line(label, first), *(line(" " * KIND_WIDTH, each) for each in rest)]
    oldest_first = sorted(drills.proofs, key=lambda each: each.finished_at or each.started_at)
    most = drills.turn_seconds
    rows = [row for each in oldest_first[:MOST_PROOFS] for row in _proof(view, each, most, width)]
    more = len(oldest_first) - MOST_PROOFS
    if more > 0:
        rows.append(line(Span(f"… {more} more, of newer proofs: in the list below", Role.MUTED)))
    return rows


def _proof(view: View, drill: Drill, most: float, width: int) -> list[Line]:
    name = pad(line(Span(one_line(drill.database), Role.STRONG)), KIND_WIDTH)
    seconds = seconds_since(view, drill.finished_at or drill.started_at)
    is_old = 0 < most < seconds
    ago = (
        Span(f"{figures.age(seconds)} ▲", Role.WARNING) if is_old else number(figures.age(seconds))
    )
    wanted = drill.objectives
    parts = [
        line(outcome_of(drill)),
        line(ago),
        line(Span("RTO ", Role.LABEL), measured(drill.rto_seconds, wanted.rto_seconds)),
        line(Span("RPO ", Role.LABEL), measured(drill.rpo_seconds, wanted.rpo_seconds)),
        line(Span(f"{one_line(drill.backup_id)} in {one_line(drill.repository)}", Role.TEXT)),
    ]
    rows = flow(parts, max(1, width - KIND_WIDTH))
    return [line(name if not n else " " * KIND_WIDTH, row) for n, row in enumerate(rows)]


def note_of(drill: Drill) -> Span:
    """What else is to be said of a drill on one line."""
    if drill.problem:
        return Span(one_line(drill.problem), Role.CRITICAL)
    if drill.undetected:
        names = ", ".join(each.name for each in drill.undetected)
        return Span(one_line(f"not seen: {names}"), Role.CRITICAL)
    if drill.differences:
        told = f"{differences_told(drill.differences)}: {drill.differences[0]}"
        return Span(one_line(told), Role.WARNING)
    if drill.passed_over:
        return Span(one_line(f"passed over: {'; '.join(drill.passed_over)}"), Role.NOTICE)
    if drill.guided is not None:
        return Span(one_line(f"{drill.guided.symptom.value}: {drill.what}"), Role.LABEL)
    return Span("", Role.LABEL)
