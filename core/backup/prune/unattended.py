"""Whether a prune that nobody looks at would let go more than is usual.

Whatever is wrong that nobody has thought of, a clock, a config, a catalog: it shows in that old
backups, which rules had kept for long, go many at once. A person who sees the plan may want that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.backup.prune.plan import RepositoryPlan
from core.backup.retention import PrunePlan
from core.backup.retention_rules import keep_of
from core.backup.timeline import timeline
from core.config.retention_settings import RetentionSettings
from core.model.backup import CatalogEntry


def unattended(
    planned: RepositoryPlan, settings: RetentionSettings, now: datetime
) -> RepositoryPlan:
    """The same plan, or one that is held back, where more than is usual would expire at once."""
    plan = planned.plan
    if plan.held_back or not (why := _unusual(plan, settings, now)):
        return planned
    held = PrunePlan(plan.kept, waiting=plan.waiting, held_back=why)
    return replace(planned, plan=held, unfinished=(), rubbish=(), forgotten=())


def _unusual(plan: PrunePlan, settings: RetentionSettings, now: datetime) -> str:
    """Why it is for a person to say; empty where it is as usual."""
    entries = [*(each.entry for each in plan.kept), *plan.expire, *plan.destroy, *plan.waiting]
    taken_at = timeline(entries, now).taken_at
    late = [
        entry
        for entry in _last_of_chains(plan.expire)
        if taken_at[entry.backup_id] < now - _overdue(entry, settings)
    ]
    groups = Counter((entry.database, entry.kind, entry.selection) for entry in late)
    share = settings.share_at_once * len(_last_of_chains(entries))
    is_usual = max(groups.values(), default=0) <= settings.most_late_at_once
    if is_usual and len(late) <= max(settings.most_at_once, share):
        return ""
    return (
        f"{len(plan.expire)} of {len(entries)} backups would go at once, {len(late)} of them long"
        " past the last `days` of [retention]: because retention was shortened, nothing was pruned"
        " for long, or a clock is wrong; look at pgvigil backup prune --plan, and do it by hand"
        " (pgvigil backup prune)"
    )


def _last_of_chains(entries: Sequence[CatalogEntry]) -> list[CatalogEntry]:
    """Those that none of the others needs: a chain goes as one."""
    needed = _needed(entries)
    return [entry for entry in entries if entry.backup_id not in needed]


def _needed(entries: Iterable[CatalogEntry]) -> set[str]:
    return {each for entry in entries for each in entry.needs}


def _overdue(entry: CatalogEntry, settings: RetentionSettings) -> timedelta:
    return timedelta(days=keep_of(settings, entry.kind).days + settings.late_days)
