"""What is planned for stored backups, and what came of it, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from core.model.backup import BackupCopy, CatalogEntry, CopyState
from tui import figures
from tui.backup_report import entry_document
from tui.text import clean, one_line

if TYPE_CHECKING:
    from core.api.backup_care import HinderedPlan, PruneOutcome, RepositoryPlan


def plan_lines(planned: RepositoryPlan) -> Iterator[str]:
    """Everything that a prune would do in one repository, and what stays and why."""
    plan = planned.plan
    yield f"{one_line(planned.server)} in {one_line(planned.repository)}"
    if plan.held_back:
        yield f"  NOTHING IS PRUNED  {clean(plan.held_back)}"
        return
    yield from (f"  DESTROY      {_entry(entry)}" for entry in plan.destroy)
    yield from (f"  EXPIRE       {_entry(entry)}" for entry in plan.expire)
    yield from (
        f"  waiting      {_entry(entry)}, expired {entry.expired_at:%Y-%m-%d %H:%M} UTC"
        for entry in plan.waiting
    )
    yield from (f"  KEEP AGAIN   {_entry(entry)}" for entry in plan.revive)
    yield from _leftover_lines(planned)
    for kept in plan.kept:
        yield f"  keep         {_entry(kept.entry)}: {clean('; '.join(kept.reasons))}"
    yield from (f"  NOTE         {clean(note)}" for note in planned.notes)
    yield (
        f"  {len(plan.destroy)} of {_all(planned)} backups would be destroyed"
        f" ({figures.size(planned.freed_bytes)}), {len(plan.expire)} begin their time of grace"
    )


def hindered_line(hindered: HinderedPlan) -> str:
    """A repository for which nothing could be planned."""
    error = hindered.error
    why = f": {error.why}" if error.why else ""
    return clean(f"{hindered.server} in {hindered.repository}: {error.what}{why}")


def plan_document(planned: RepositoryPlan) -> dict[str, Any]:
    """A plan for programs."""
    plan = planned.plan
    return {
        "repository": planned.repository,
        "server": planned.server,
        "held_back": plan.held_back or None,
        "destroy": [entry_document(entry) for entry in plan.destroy],
        "expire": [entry_document(entry) for entry in plan.expire],
        "waiting": [entry_document(entry) for entry in plan.waiting],
        "revive": [entry_document(entry) for entry in plan.revive],
        "keep": [
            {"backup_id": kept.entry.backup_id, "reasons": list(kept.reasons)} for kept in plan.kept
        ],
        "unfinished": [folder.backup_id for folder in planned.unfinished],
        "rubbish": [folder.backup_id for folder in planned.rubbish],
        "forgotten": list(planned.forgotten),
        "freed_bytes": planned.freed_bytes,
        "notes": list(planned.notes),
    }


def hindered_document(hindered: HinderedPlan) -> dict[str, Any]:
    """A repository for which nothing could be planned, for programs."""
    error = hindered.error
    return {
        "repository": hindered.repository,
        "server": hindered.server,
        "error": {"what": error.what, "why": error.why, "remedy": error.remedy},
    }


def outcome_document(outcome: PruneOutcome) -> dict[str, Any]:
    """What a prune did, for programs."""
    return {
        "repository": outcome.repository,
        "destroyed": list(outcome.destroyed),
        "expired": list(outcome.expired),
        "revived": list(outcome.revived),
        "hidden": list(outcome.hidden),
        "kept": [{"backup_id": backup_id, "why": why} for backup_id, why in outcome.kept],
        "cleared": outcome.cleared,
        "freed_bytes": outcome.freed_bytes,
        "notes": list(outcome.notes),
    }


def copy_line(entry: CatalogEntry, copy: BackupCopy) -> str:
    """One copy as a verification found it."""
    if copy.is_refused:
        return (
            f"  UNKNOWN    {entry.backup_id} in {one_line(copy.repository)}: {clean(copy.problem)}"
        )
    if copy.state is CopyState.COMPLETE:
        return f"  {copy.level.name.lower():<10} {entry.backup_id} in {one_line(copy.repository)}"
    problem = clean(copy.problem)
    return f"  {copy.state.value.upper():<10} {entry.backup_id} in {copy.repository}: {problem}"


def copy_document(copy: BackupCopy) -> dict[str, Any]:
    """One copy as a verification found it, for programs."""
    return {
        "backup_id": copy.backup_id,
        "repository": copy.repository,
        "state": copy.state.value,
        "level": copy.level.name.lower(),
        "problem": copy.problem or None,
    }


def _leftover_lines(planned: RepositoryPlan) -> Iterator[str]:
    """What is no backup, or none any more."""
    for folder in planned.unfinished:
        yield f"  FINISH       {folder.backup_id}  {figures.size(folder.bytes)}, destroyed in part"
    for folder in planned.rubbish:
        yield f"  CLEAR        {folder.backup_id}  {figures.size(folder.bytes)}, never finished"
    for backup_id in planned.forgotten:
        yield f"  FORGET       {backup_id}  it is no longer there"


def _entry(entry: CatalogEntry) -> str:
    chosen = entry.selection.chosen_words
    what = one_line(f"{entry.database}, {chosen}" if chosen else entry.database)
    return f"{entry.backup_id}  {what}  {figures.size(entry.sealed_bytes)}"


def _all(planned: RepositoryPlan) -> int:
    plan = planned.plan
    return len(plan.kept) + len(plan.destroy) + len(plan.expire) + len(plan.waiting)
