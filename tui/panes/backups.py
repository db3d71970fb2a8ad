"""Backups: what the store holds of them, and honestly what is not there yet."""

from __future__ import annotations

from core.model.protection import BackupOverview, BackupRun
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, crop, joined, line, pad
from tui.panes.parts import facts, fitted, heading, not_yet_lines
from tui.panes.view import Mode, View
from tui.text import one_line

TITLE = "Backups"

NOT_YET = (
    "This release takes no backups and sees none of other tools: keep those that you have.",
    "No key and no command sets backups up yet: they come with a later release.",
)
TO_COME = (
    "Then this stands here: the last good backup and its age, whether it was verified, how long"
    " each one took and how large it is, and when the next one runs.",
)
OUTCOMES = {"completed": Role.GOOD, "failed": Role.CRITICAL, "running": Role.ACCENT}


def backups_lines(view: View, width: int, height: int) -> list[Line]:
    """The overview's pane: the last good backup, its proof, the next run; or what is missing."""
    head = heading(TITLE, width, key="5")
    return fitted([head, *_body(view, view.frame.backups, width, height)], width, height)


def _body(view: View, overview: BackupOverview | None, width: int, height: int) -> list[Line]:
    if overview is None:
        return [line(Span("the store has not been read yet", Role.UNKNOWN))]
    if not overview.configured and not overview.runs:
        return not_set_up(width, height)
    return [*_facts(view, overview, width), *history_lines(view, overview, width)]


def not_set_up(width: int, height: int) -> list[Line]:
    """What stands in an area that this release does not fill yet, and in full what will."""
    head = line(Span("? not set up", Role.NOTICE))
    return [head, *not_yet_lines(NOT_YET, TO_COME, width, height)]


def _facts(view: View, overview: BackupOverview, width: int) -> list[Line]:
    good = overview.last_good
    if good is None:
        last = line(Span("✖ none", Role.CRITICAL))
    else:
        done = good.completed_at or good.started_at
        ago = figures.age(view.reference - done)
        last = line(Span(ago, Role.STRONG), Span(f"  {one_line(good.kind)}", Role.TEXT))
    upcoming = line(Span("none scheduled", Role.MUTED))
    if view.mode is Mode.REWOUND:
        upcoming = EMPTY
    elif overview.next_run_at is not None:
        when = figures.moment(overview.next_run_at, relative_to=view.now)
        upcoming = line(Span(f"{one_line(overview.next_run_name)} {when}", Role.NUMBER))
    verified = line(Span(one_line(good.verification) or "not verified", Role.TEXT)) if good else ()
    return facts([("last good", last), ("verified", verified), ("next", upcoming)], width)


def history_lines(view: View, overview: BackupOverview, width: int) -> list[Line]:
    """The runs that the store holds, newest first, one a line."""
    return [crop(_run(view, run), width) for run in overview.runs]


def _run(view: View, run: BackupRun) -> Line:
    started = figures.moment(run.started_at, relative_to=view.now)
    size = "" if run.size_bytes is None else figures.size(run.size_bytes)
    return joined(
        [
            pad(line(Span(started, Role.NUMBER)), 19),
            line(Span(one_line(run.kind), Role.TEXT)),
            line(Span(one_line(run.status), OUTCOMES.get(run.status, Role.TEXT))),
            line(Span(size, Role.NUMBER)),
            line(Span(one_line(run.verification), Role.TEXT)),
            line(Span(one_line(run.error), Role.CRITICAL)),
        ]
    )
