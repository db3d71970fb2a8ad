"""A restore's plan, before it is agreed to: what, from where, every step, what is destroyed."""

from __future__ import annotations

from collections.abc import Iterator

from core.model.restore import RestorePlan, RestoreWish, Step, TargetKind
from core.model.restore_operation import RestoreOperation
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, line, wrap
from tui.panes.parts import heading, labelled
from tui.panes.view import View
from tui.text import clean

MEANS = {
    TargetKind.BESIDE: "a new database, beside what is there",
    TargetKind.SCRATCH: "a server of its own, gone afterwards",
    TargetKind.SWAP: "in the place of the live database",
    TargetKind.MERGE: "tables into the live database",
    TargetKind.GLOBALS: "what the server lacks; what is there stays",
}
MOST_COMMANDS = 400


def place_of(what: RestoreWish | RestoreOperation) -> str:
    """Where a restore goes: a database on a server, or a server as a whole."""
    if what.target is TargetKind.GLOBALS:
        return what.target_server
    return f"{what.target_database} on {what.target_server}"


def plan_pane_lines(view: View, plan: RestorePlan, width: int) -> list[Line]:
    """Everything that a person agrees to."""
    told = [row for each in _facts(view, plan) for row in _fact(*each, width)]
    steps = [row for n, step in enumerate(plan.steps, 1) for row in _step(n, step, width)]
    return [*told, EMPTY, heading("Steps", width), *steps]


def _fact(label: str, text: str, role: Role, width: int) -> list[Line]:
    return labelled(f"{label:<11}", clean(text), width, role)


def _facts(view: View, plan: RestorePlan) -> Iterator[tuple[str, str, Role]]:
    """What a person agrees to, before how it is done."""
    wish, total = plan.wish, plan.seconds
    destroyed = "; ".join(plan.destroyed)
    lost = ("destroyed", destroyed or "nothing", Role.CRITICAL if destroyed else Role.TEXT)
    if plan.undoes:
        yield "what", f"undo restore {plan.undoes}", Role.STRONG
        yield "to", place_of(wish), Role.STRONG
        yield lost
        yield "undone by", plan.undo, Role.TEXT
        return
    taken = figures.moment(plan.snapshot_at, relative_to=view.now)
    yield "what", wish.what, Role.STRONG
    yield "of", f"{wish.database} of {wish.server_id}", Role.TEXT
    to = f"{place_of(wish)}: {MEANS[wish.target]}"
    yield "to", to, Role.STRONG
    yield "as of", f"{taken}, backup {plan.backup_id} in {plan.repository}", Role.TEXT
    yield "why", plan.why, Role.TEXT
    for each in plan.passed_over:
        where = f" in {each.repository}" if each.repository else ""
        yield "not", f"{each.backup_id}{where}: {each.why}", Role.NOTICE
    size, staged = figures.size(plan.fetch_bytes), figures.size(plan.staged_bytes)
    yield "fetched", f"{size}; {staged} unpacked on this host, gone afterwards", Role.TEXT
    known = "not known: it is the first of its kind" if total is None else figures.duration(total)
    yield "takes", known, Role.TEXT
    yield lost
    yield "undone by", plan.undo, Role.TEXT


def _step(place: int, step: Step, width: int) -> Iterator[Line]:
    seconds = "" if not step.seconds else f"  (about {figures.duration(step.seconds)})"
    yield from labelled(f"{place:>2}  ", clean(step.what) + seconds, width)
    for command in step.commands[:MOST_COMMANDS]:
        yield from _indented(clean(command), width)
    if len(step.commands) > MOST_COMMANDS:
        more = len(step.commands) - MOST_COMMANDS
        yield line(Span(f"      … {more} more: pgvigil restore plan shows them", Role.MUTED))


def _indented(text: str, width: int) -> Iterator[Line]:
    for row in wrap(text, max(1, width - 6), Role.MUTED):
        yield line("      ", row)
