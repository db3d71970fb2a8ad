"""One drill: what was proven, how long each phase took, checks, sabotage, the report's place."""

from __future__ import annotations

from core.model.differences import differences_told
from core.model.drill import Drill, DrillKind, DrillPhase
from core.model.drill_detail import DrillDetail
from core.model.restore import CheckState
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, crop, line, pad, right
from tui.panes.drill_words import measured, outcome_of
from tui.panes.guided_drill import record_lines
from tui.panes.job import note_lines, progress_lines
from tui.panes.parts import facts_beside, heading, labelled, number
from tui.panes.view import View
from tui.text import clean, one_line
from tui.widgets.bar import bar

NAME_WIDTH, FIGURE_WIDTH, MOST_BAR = 26, 14, 40
CHECKS = {
    CheckState.OK: Span("• ", Role.TEXT),
    CheckState.WARNING: Span("▲ ", Role.WARNING),
    CheckState.UNKNOWN: Span("? ", Role.UNKNOWN),
    CheckState.STOP: Span("✖ ", Role.CRITICAL),
}
_WORST_FIRST = (CheckState.STOP, CheckState.WARNING, CheckState.UNKNOWN, CheckState.OK)


def drill_lines(view: View, detail: DrillDetail, width: int) -> list[Line]:
    """Facts, what came of it, phases, sabotage, what was compared, checks, report, log."""
    drill, log = detail.drill, detail.log
    lines = [*facts_beside(_facts(view, drill), width)]
    if log is not None and not log.job.state.is_over:
        lines += [EMPTY, *progress_lines(view, log.job, width)]
    lines += [
        *_outcome(drill, width),
        *_guided(view, drill, width),
        *_phases(drill, width),
        *_trials(drill, width),
        *_compared(drill, width),
        *_checks(drill, width),
        *_report(detail, width),
    ]
    if log is not None:
        lines += [EMPTY, heading("Log", width), *note_lines(view, log, width)]
    return lines


def _facts(view: View, drill: Drill) -> list[tuple[str, Line]]:
    ended = drill.finished_at or view.reference
    seconds = max(0.0, (ended - drill.started_at).total_seconds())
    taken = drill.snapshot_at
    rows = [
        ("outcome", line(outcome_of(drill))),
        ("kind", line(Span(f"{drill.kind.value} drill", Role.TEXT))),
        ("database", line(Span(one_line(drill.database) or "?", Role.STRONG))),
        ("backup", line(Span(one_line(drill.backup_id), Role.TEXT))),
        ("copy", line(Span(one_line(drill.repository), Role.TEXT))),
        ("as of", EMPTY if taken is None else number(figures.moment(taken, relative_to=view.now))),
        ("began", number(figures.moment(drill.started_at, relative_to=view.now))),
        ("took" if drill.finished_at else "runs for", number(figures.duration(seconds))),
        ("done by", line(Span(one_line(f"{drill.who}, on {drill.host}"), Role.TEXT))),
        ("ordered by", line(Span(_ordered(drill), Role.TEXT))),
        ("restored", line(Span(one_line(drill.what), Role.TEXT))),
        ("restored on", line(Span(one_line(drill.server), Role.TEXT))),
        ("taken for", line(Span(one_line(drill.why), Role.TEXT))),
    ]
    return rows if drill.kind is DrillKind.SABOTAGE else rows + _times(drill)


def _ordered(drill: Drill) -> str:
    return f"schedule {one_line(drill.schedule)}" if drill.schedule else "a person"


def _times(drill: Drill) -> list[tuple[str, Line]]:
    """Recovery time and point against the objectives of then; nothing before they are known."""
    wanted = drill.objectives
    if not drill.status.is_over:
        return []
    return [
        ("RTO", measured(drill.rto_seconds, wanted.rto_seconds)),
        ("RPO", measured(drill.rpo_seconds, wanted.rpo_seconds)),
    ]


def _outcome(drill: Drill, width: int) -> list[Line]:
    if not (drill.problem or drill.differences or drill.passed_over):
        return []
    lines = [EMPTY, heading("What came of it", width)]
    lines += labelled("why      ", clean(drill.problem), width, Role.CRITICAL)
    lines += labelled("do       ", clean(drill.remedy), width, Role.STRONG)
    for each in drill.differences:
        lines += labelled("differs  ", clean(each), width, Role.WARNING)
    for each in drill.passed_over:
        lines += labelled("not      ", clean(each), width, Role.NOTICE)
    return lines


def _guided(view: View, drill: Drill, width: int) -> list[Line]:
    """What people did in it."""
    return record_lines(view, drill.guided, width) if drill.guided is not None else []


def _phases(drill: Drill, width: int) -> list[Line]:
    """Each with its time, as a bar of all of them, and its bytes."""
    if not drill.phases:
        return []
    whole = sum(each.seconds for each in drill.phases)
    rows = [_phase(each, whole, width) for each in drill.phases]
    return [EMPTY, heading("Phases", width), *(crop(each, width) for each in rows)]


def _phase(each: DrillPhase, whole: float, width: int) -> Line:
    room = min(MOST_BAR, width - NAME_WIDTH - FIGURE_WIDTH - 14)
    share = bar(each.seconds, whole, room) if room > 0 and whole > 0 else EMPTY
    return line(
        pad(line(Span(one_line(each.name), Role.TEXT)), NAME_WIDTH),
        right(number(figures.duration(each.seconds)), FIGURE_WIDTH),
        "  ",
        share,
        Span(f"  {figures.size(each.bytes)}" if each.bytes else "", Role.LABEL),
    )


def _trials(drill: Drill, width: int) -> list[Line]:
    """Each act of sabotage: whether it was seen, what was said, what a person does then."""
    if not drill.trials:
        return []
    rows = [EMPTY, heading("Sabotage", width)]
    for each in drill.trials:
        sign = Span("• seen  ", Role.GOOD) if each.is_detected else Span("✖ NOT SEEN  ",
                                                                         Role.CRITICAL)  # fmt: skip
        rows.append(crop(line(sign, Span(one_line(each.name), Role.STRONG)), width))
        rows += labelled("    done  ", clean(each.done), width)
        rows += labelled("    said  ", clean(each.said), width)
        rows += labelled("    then  ", clean(each.person), width)
    return rows


def _compared(drill: Drill, width: int) -> list[Line]:
    if not drill.tables:
        return []
    told = (
        f"{drill.tables:,} tables, {drill.rows:,} rows with the backup's fingerprint:"
        f" {differences_told(drill.differences)}"
    )
    if drill.unhashed:
        told += f"; of {drill.unhashed:,} tables the rows were counted only"
    rows = [("fetched", figures.size(drill.sealed_bytes)),
            ("unpacked", figures.size(drill.plain_bytes)),
            ("database", "" if drill.database_bytes is None
             else figures.size(drill.database_bytes))]  # fmt: skip
    return [
        EMPTY,
        heading("Compared", width),
        *labelled("", told, width),
        *(row for each in drill.sound for row in labelled("sound    ", clean(each), width)),
        *(
            row
            for each in drill.unchecked
            for row in labelled("skipped  ", clean(each), width, Role.NOTICE)
        ),
        *facts_beside([(name, number(value)) for name, value in rows], width),
    ]


def _checks(drill: Drill, width: int) -> list[Line]:
    """The worst first, each with how it is mended."""
    if not drill.checks:
        return []
    rows = [EMPTY, heading("Checks", width)]
    for each in sorted(drill.checks, key=lambda check: _WORST_FIRST.index(check.state)):
        first, *rest = labelled("", clean(f"{each.name}: {each.what}"), max(1, width - 2)) or [()]
        rows += [line(CHECKS[each.state], first), *(line("  ", row) for row in rest)]
        if each.state is not CheckState.OK:
            rows += labelled("  do  ", clean(each.remedy), width, Role.STRONG)
    return rows


def _report(detail: DrillDetail, width: int) -> list[Line]:
    """What its record is worth, where its report is, and how it is made."""
    drill, broken = detail.drill, detail.broken_seal
    if broken is None:
        return []
    lines = [EMPTY, heading("Report", width)]
    if drill.seal is None:
        lines += labelled("? ", clean(broken), width, Role.UNKNOWN)
    elif broken:
        lines += labelled("✖ ", f"not to be trusted: {clean(broken)}", width, Role.CRITICAL)
    else:
        told = f"its record is as it was sealed by entry {drill.seal.entry} of the audit log"
        lines += labelled("• ", told, width)
    for each in detail.reports:
        lines += labelled("written  ", one_line(each), width)
    if not detail.reports:
        lines += labelled("", "w writes it, as HTML and as Markdown", width)
    command = f"pgvigil drill report {one_line(drill.drill_id)} --out drill.html"
    return [*lines, *labelled("shell    ", command, width, Role.MUTED)]
