"""Exactly what a drill would do, before it is started."""

from __future__ import annotations

from collections.abc import Iterator

from core.model.drill import DrillKind, DrillPick
from core.model.drill_detail import DrillPlan
from core.model.unknown import Unknown
from tui import figures
from tui.panes.drill_words import objectives_words
from tui.panes.view import View
from tui.text import clean, one_line
from tui.widgets.confirm import Question

_NAMES = {DrillKind.RESTORE: "restore drill", DrillKind.SABOTAGE: "sabotage drill"}
_DOES = {
    DrillKind.RESTORE: (
        "a PostgreSQL is started for it alone on this host, in a private folder, reached by a"
        " socket there",
        "the backup is fetched, authenticated, restored there and compared with what was backed up",
        "the time of each phase is taken and held against the objectives: {objectives}",
        "the server, its folder and all that was unpacked are taken away, however it ends",
    ),
    DrillKind.SABOTAGE: (
        "a private copy of the backup is made, sealed as it is; the backup itself is only read",
        "the copy is spoilt in one way after another: the key removed, a byte flipped, a file lost"
        " …, and pgvigil must see each",
        "the copy is taken away, however it ends; nothing is restored",
    ),
}


def drill_question(view: View, plan: DrillPlan) -> Question:
    """What it would do, or why it would not begin."""
    name = _NAMES[plan.kind]
    if plan.refusals:
        return Question(
            f"A {name} of {view.entry.name} would not begin", plan.refusals, refused=True
        )
    objectives = objectives_words(plan.objectives)
    return Question(
        title=f"Do a {name} of {view.entry.name} now",
        steps=(
            *_backup(view, plan),
            *(each.format(objectives=objectives) for each in _DOES[plan.kind]),
            _time(plan),
            "what came of it is sealed in the audit log, for the report",
        ),
        consequence="No watched server is touched. It runs as a process of its own: it goes on when"
        " you leave.",
    )


def _backup(view: View, plan: DrillPlan) -> Iterator[str]:
    """Of which database, which backup, which copy, and why."""
    kept = f"{plan.of} that are kept" if plan.of != 1 else "the only one that is kept"
    database = one_line(plan.database)
    if plan.pick is DrillPick.RANDOM:
        yield f"database {database}: one of {kept}, by chance; which one shows when it begins"
        return
    taken = plan.snapshot_at
    at = "" if taken is None else f", as of {figures.moment(taken, relative_to=view.now)}"
    yield (
        f"database {database}: backup {one_line(plan.backup_id)} in {one_line(plan.repository)}"
        f"{at}, {figures.size(plan.sealed_bytes)}: {clean(plan.why)}"
    )
    for each in plan.passed_over:
        where = f" in {each.repository}" if each.repository else ""
        yield f"not {one_line(each.backup_id + where)}: {clean(each.why)}"


def _time(plan: DrillPlan) -> str:
    if isinstance(plan.seconds, Unknown):
        return f"how long it takes is not known: {plan.seconds.reason}"
    return f"about {figures.duration(plan.seconds)}, as the last ones of its kind"
