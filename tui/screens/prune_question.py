"""What a prune would do, repository by repository, before anything is deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from core.model.backup import CatalogEntry
from core.model.schedule import ScheduleStatus
from tui import figures
from tui.panes.view import View
from tui.screens.backup_questions import typed_on_production
from tui.text import clean, one_line
from tui.widgets.confirm import Question

if TYPE_CHECKING:
    from core.api.backup_care import HinderedPlan, RepositoryPlan

MOST_LISTED = 200
"""Backups of a repository that are named one by one: a person reads no more of them."""


def prune_question(
    view: View, schedule: ScheduleStatus, plans: Sequence[RepositoryPlan | HinderedPlan]
) -> Question:
    """Every backup that would expire or be destroyed, and what else would go."""
    from core.api.backup_care import HinderedPlan

    steps: list[str] = []
    takes_away = False
    for plan in plans:
        if isinstance(plan, HinderedPlan):
            steps.append(_hindered(plan))
            takes_away = True
        else:
            steps += _steps(plan)
            takes_away = takes_away or not plan.is_empty
    return Question(
        title=f"Run the schedule {one_line(schedule.name)} of {view.entry.name} now",
        steps=tuple(steps),
        consequence="What is destroyed can't be had back. The job looks again before it begins, "
        "and goes on when you leave."
        if takes_away
        else "Nothing is deleted. The job looks again before it begins.",
        typed=typed_on_production(view) if takes_away else "",
    )


def _hindered(plan: HinderedPlan) -> str:
    error = plan.error
    why = f": {clean(error.why)}" if error.why else ""
    return (
        f"{one_line(plan.repository)}: what would go is NOT KNOWN: {clean(error.what)}{why}; once "
        "the job can look there, it deletes what [retention] does not keep"
    )


def _steps(planned: RepositoryPlan) -> Iterator[str]:
    """What would be done in one repository, the worst first."""
    name, plan = one_line(planned.repository), planned.plan
    if plan.held_back:
        yield f"{name}: nothing is deleted: {clean(plan.held_back)}"
        return
    if plan.destroy:
        size = figures.size(plan.freed_bytes)
        yield f"{name}: {_several(len(plan.destroy))} DESTROYED, which frees {size}:"
        yield from _listed(plan.destroy)
    if plan.expire:
        expire = "1 backup EXPIRES" if len(plan.expire) == 1 else f"{len(plan.expire)} EXPIRE"
        yield f"{name}: {expire}: destroyed after the time of grace, unless kept (K) before that:"
        yield from _listed(plan.expire)
    if plan.revive:
        yield f"{name}: {_several(len(plan.revive))} kept again:"
        yield from _listed(plan.revive)
    leftovers = (*planned.unfinished, *planned.rubbish)
    if leftovers:
        size = figures.size(sum(each.bytes for each in leftovers))
        yield f"{name}: what {len(leftovers)} unfinished backups left is cleared, {size}"
    if planned.forgotten:
        yield f"{name}: {len(planned.forgotten)} that are not there any more are forgotten"
    yield from (f"{name}: {clean(note)}" for note in planned.notes)
    stay = len(plan.kept) + len(plan.waiting)
    yield f"{name}: {'nothing is due; ' if planned.is_empty else ''}{_several(stay)} left as is"


def _several(count: int) -> str:
    return "1 backup is" if count == 1 else f"{count} backups are"


def _listed(entries: Sequence[CatalogEntry]) -> Iterator[str]:
    for entry in entries[:MOST_LISTED]:
        size = figures.size(entry.sealed_bytes)
        chosen = entry.selection.chosen_words
        what = one_line(f"{entry.database}, {chosen}" if chosen else entry.database)
        yield f"  {one_line(entry.backup_id)} of {what}, {size}"
    if len(entries) > MOST_LISTED:
        yield f"  and {len(entries) - MOST_LISTED} more: pgvigil backup prune --plan lists them"
