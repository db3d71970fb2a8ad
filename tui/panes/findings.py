"""Findings: what, since when, how bad, what to do; worst first."""

from __future__ import annotations

from core.model.health import Finding, Health
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, crop, line, pad, spread, width_of, wrap
from tui.panes.judged import severity_word
from tui.panes.parts import age_note, fitted, heading, labelled, lasting, missing_lines
from tui.panes.view import Missing, View
from tui.text import clean, one_line

TITLE = "Findings"
SEVERITY_WIDTH = 11


def findings_lines(view: View, width: int, height: int) -> list[Line]:
    """The overview's pane: a line a finding."""
    head = heading(TITLE, width, key="7", note=age_note(view, view.frame.assessment))
    found = view.findings
    if not found:
        return fitted([head, *nothing_found(view, width)], width, height)
    rows = [row for each in found for row in _told(view, each, width)]
    if len(rows) + 1 > height:
        rows = [row for each in found for row in _titled(view, each, width)]
    if len(rows) + 1 > height:
        rows = [finding_line(view, each, width) for each in found]
    return fitted([head, *rows], width, height)


def _told(view: View, finding: Finding, width: int) -> list[Line]:
    """A finding with what to do about it, where there is room for both."""
    advice = labelled(" " * SEVERITY_WIDTH, one_line(finding.advice), width, Role.LABEL)
    return [*_titled(view, finding, width), *advice]


def _titled(view: View, finding: Finding, width: int) -> list[Line]:
    """A finding with its whole title, on as many lines as that needs."""
    since = _since(view, finding)
    beside = max(1, width - SEVERITY_WIDTH - width_of(since) - 1)
    title, *further = wrap(one_line(finding.title), beside)
    told = line(pad(line(severity_word(finding.severity)), SEVERITY_WIDTH), title)
    return [
        spread(told, since, width),
        *(line(" " * SEVERITY_WIDTH, more) for more in further),
    ]


def _since(view: View, finding: Finding) -> Line:
    since = lasting(max(0.0, (view.reference - finding.since).total_seconds()))
    return line(Span(f"for {since}", Role.LABEL))


def nothing_found(view: View, width: int) -> list[Line]:
    """What stands where no finding is open."""
    if (why := not_assessed(view)) is not None:
        return missing_lines(why, width)
    return wrap("Nothing needs attention.", width, Role.MUTED)


def not_assessed(view: View) -> Missing | None:
    """What stands where nothing has been judged, so that nobody takes that for good news."""
    if view.assessment.health is not Health.UNKNOWN:
        return None
    return Missing("Not assessed yet: nothing was read.")


def finding_line(view: View, finding: Finding, width: int) -> Line:
    """A finding on one line: how bad, what, and for how long."""
    told = line(
        pad(line(severity_word(finding.severity)), SEVERITY_WIDTH),
        Span(one_line(finding.title), Role.TEXT),
    )
    return spread(told, _since(view, finding), width)


def finding_detail_lines(view: View, finding: Finding, width: int) -> list[Line]:
    """Everything about one finding."""
    since = figures.moment(finding.since, relative_to=view.reference)
    lasting = figures.duration(max(0.0, (view.reference - finding.since).total_seconds()))
    beside = max(1, width - SEVERITY_WIDTH)
    title, *further = wrap(one_line(finding.title), beside, Role.STRONG)
    return [
        line(pad(line(severity_word(finding.severity)), SEVERITY_WIDTH), title),
        *(line(" " * SEVERITY_WIDTH, more) for more in further),
        crop(line(Span("since ", Role.LABEL), Span(f"{since}, {lasting}", Role.NUMBER),
                  Span(f"  in {finding.area.value}", Role.LABEL)), width),
        EMPTY,
        *labelled("what  ", clean(finding.detail), width),
        *labelled("do    ", clean(finding.advice), width, Role.STRONG),
    ]  # fmt: skip
