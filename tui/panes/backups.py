"""Backups: can the database be restored; how old, how sure, in how many copies, what is next."""

from __future__ import annotations

from core.model.backup import BackupCopy, CatalogEntry
from core.model.backup_lack import Lack, lack_in
from core.model.health import Severity
from core.model.protection import BackupOverview, SuccessRate
from core.model.schedule import ScheduleStatus
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, crop, joined, line, width_of, wrap
from tui.panes.backup_set_up import hindered_brief, set_up_brief
from tui.panes.backup_words import (
    LEFT,
    OUTCOMES,
    age_severity,
    copies_count,
    is_left,
    level_word,
    seconds_since,
    wanted_for,
)
from tui.panes.drills_brief import drills_brief
from tui.panes.job import progress_lines
from tui.panes.judged import SIGNS, figure
from tui.panes.parts import facts, fitted, flow, heading, lasting, not_read
from tui.panes.restored import last_proven_line
from tui.panes.schedules import next_words
from tui.panes.view import Mode, View
from tui.text import one_line

TITLE = "Backups"
STRIP_LENGTH = 24
LABEL_WIDTH = 11


def backups_lines(view: View, width: int, height: int) -> list[Line]:
    """The overview's pane: the last good backup, its proof, its copies, what is next and was."""
    head = heading(TITLE, width, key="5")
    return fitted([head, *_body(view, width)], width, height)


def _body(view: View, width: int) -> list[Line]:
    overview = view.frame.backups
    if overview is None:
        return [not_read(view)]
    if overview.is_to_be_set_up:
        return set_up_brief(overview, width)
    return [
        *running_lines(view, overview, width),
        *hindered_brief(overview, width),
        *facts(_facts(view, overview, width), width),
    ]


def running_lines(view: View, overview: BackupOverview, width: int) -> list[Line]:
    """The jobs under way, with their bars."""
    return [row for job in overview.jobs for row in progress_lines(view, job, width)]


def _facts(view: View, overview: BackupOverview, width: int) -> list[tuple[str, Line]]:
    good = overview.weakest
    room = max(1, width - LABEL_WIDTH)
    return [
        ("last good", last_good(view, overview)),
        ("verified", EMPTY if good is None else level_word(view, good)),
        ("copies", EMPTY if good is None else copies(overview, good)),
        ("next", next_line(view, overview.upcoming)),
        ("restored", EMPTY if good is None else last_proven_line(view, overview)),
        ("drills", drills_brief(overview)),
        ("results", results(overview, room)),
    ]


def above_lines(view: View, overview: BackupOverview, width: int) -> list[Line]:
    """The same figures on as few lines as they need, above a table."""
    good = overview.weakest
    parts = [
        _labelled("last good", last_good(view, overview)),
        _labelled("verified", EMPTY if good is None else level_word(view, good)),
        _labelled("copies", EMPTY if good is None else copies(overview, good)),
        _labelled("next", next_line(view, overview.upcoming)),
        _labelled("success", success(overview.success)),
    ]
    return [*running_lines(view, overview, width), *flow(parts, width), *warnings(overview, width)]


def warnings(overview: BackupOverview, width: int) -> list[Line]:
    """What is wrong with copies, the newest backup's first."""
    bad = overview.bad_copies
    more = f" ({bad.count - 1} more)" if bad.count > 1 else ""
    rows = [
        f"{SIGNS[Severity.WARNING]} {one_line(each.repository)}: {each.state.value}, "
        f"{one_line(each.backup_id)}{more}"
        + (f": {one_line(each.problem)}" if each.problem else "")
        for each in bad.newest[:1]
    ]
    if bad.count and not rows:
        rows = [f"{SIGNS[Severity.WARNING]} {bad.count} bad copies"]
    return [part for row in rows for part in _in_two_lines(row, width)]


def _in_two_lines(text: str, width: int) -> list[Line]:
    """A warning; of one that is very long the detail of its backup has the rest."""
    first, *rest = wrap(text, width, Role.WARNING)
    return [first, crop(joined(rest, " "), width)] if rest else [first]


def last_good(view: View, overview: BackupOverview) -> Line:
    """The age of the last good backup against its objective, of what kind it is, and of what.

    Of several databases it is that of the one whose last good backup is oldest.
    """
    good = overview.weakest
    if good is None:
        return line(_none(overview))
    ago = figures.age(seconds_since(view, good.moment))
    of = f" of {one_line(good.database)}" if len(overview.databases) > 1 else ""
    kind = Span(f"  {good.kind.value}{of}", Role.TEXT)
    told = line(figure(ago, age_severity(view, overview)), kind)
    if age_severity(view, overview) is not None and overview.objective_seconds:
        limit = lasting(overview.objective_seconds)
        told = line(told, Span(f"  limit {limit}", Role.LABEL))
    return told


def _none(overview: BackupOverview) -> Span:
    """Why there is no good backup, and of which databases where others have one."""
    lacking = ", ".join(map(one_line, overview.lacking))
    of = f" of {lacking}" if lacking and overview.last_good else ""
    match lack_in(overview):
        case Lack.UNDER_WAY:
            return Span(f"the first{of} is running", Role.ACCENT)
        case Lack.UNVERIFIED:
            return Span(f"? none{of} is verified yet", Role.UNKNOWN)
        case Lack.FAILED:
            return Span(f"{SIGNS[Severity.CRITICAL]} none{of}", Role.CRITICAL)
        case _ if of:
            return Span(f"{SIGNS[Severity.WARNING]} none{of} yet", Role.WARNING)
        case _:
            return Span("none yet", Role.NOTICE)


def copies(overview: BackupOverview, entry: CatalogEntry) -> Line:
    """Sound copies of those wanted; what is wrong with the others."""
    told = line(copies_count(entry, overview))
    bad = [f"{one_line(c.repository)} {_ailment(c)}" for c in entry.copies if c.problem]
    left = [c.repository for c in entry.copies if is_left(overview, c.repository)]
    bad += [f"{one_line(name)} {LEFT}" for name in left]
    bad = bad or [
        f"{one_line(name)} missing"
        for name in wanted_for(entry, overview)
        if name not in {each.repository for each in entry.copies}
    ]
    elsewhere = overview.bad_copies.count
    if not bad and elsewhere:
        bad = [f"{elsewhere} bad in others"]
    return joined([told, line(Span(", ".join(bad), Role.WARNING))])


def _ailment(copy: BackupCopy) -> str:
    return "can't be read" if copy.is_refused else copy.state.value


def next_line(view: View, schedule: ScheduleStatus | None) -> Line:
    """What is planned next, and when; nothing is known of it in the past."""
    if view.mode is Mode.REWOUND:
        return EMPTY
    if schedule is None:
        overview = view.frame.backups
        all_paused = overview is not None and overview.all_paused
        return line(Span("all paused" if all_paused else "none scheduled", Role.MUTED))
    return line(Span(one_line(schedule.name), Role.TEXT), " ", next_words(view, schedule))


def results(overview: BackupOverview, width: int) -> Line:
    """The last results as signs, the newest at the right, and the share that succeeded."""
    if not overview.history.rows:
        return EMPTY
    rate = success(overview.success[:1])
    room = max(4, min(STRIP_LENGTH, width - width_of(rate) - 2))
    newest = overview.history.rows[:room]
    strip = tuple(OUTCOMES[row.outcome] for row in reversed(newest))
    return joined([strip, rate]) if width_of(strip) + width_of(rate) + 2 <= width else strip


def success(rates: tuple[SuccessRate, ...]) -> Line:
    """The share of attempts that succeeded, over each span in which any ended."""
    return joined(
        [
            line(
                Span(figures.percent(rate.share), Role.NUMBER),
                Span(f" in {rate.days} d", Role.LABEL),
            )
            for rate in rates
            if rate.share is not None
        ]
    )


def _labelled(label: str, value: Line) -> Line:
    return line(Span(f"{label} ", Role.LABEL), value) if value else EMPTY
