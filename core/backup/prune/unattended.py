"""What a prune lets go while nobody looks, and what it leaves to a person.

Whatever is wrong that nobody has thought of, a clock, a config, a catalog: it shows in that old
backups, which rules had kept for long, go many at once. A person who sees the plan may want that.
A few more than usual go all the same, a day's portion at a time: where those waited for a person,
others would come to them, and nothing would go by itself any more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.backup.prune.plan import RepositoryPlan
from core.backup.retention import Kept, PrunePlan
from core.backup.retention_rules import keep_of
from core.backup.timeline import timeline
from core.config.retention_settings import RetentionSettings
from core.model.backup import BackupKind, CatalogEntry, Selection

_DAY = timedelta(days=1)
_MOST_PORTIONS = 2
"""How many days' portions may go; one night by a wrong clock sets free one more than a portion."""
_NOT_YET = "more than go in a day while nobody looks"

_Group = tuple[str, BackupKind, Selection]


def unattended(
    planned: RepositoryPlan, settings: RetentionSettings, now: datetime
) -> RepositoryPlan:
    """The same plan; or one that lets go only a part, or nothing, where that is more than usual."""
    plan = planned.plan
    if plan.held_back:
        return planned
    late = _late(plan.expire, plan, settings, now)
    if why := _unusual(plan, late, settings):
        return _leftovers_of(planned, why)
    begun = [
        e for e in (*plan.waiting, *plan.destroy) if e.expired_at and e.expired_at > now - _DAY
    ]
    today = _late(begun, plan, settings, now)
    not_yet = [
        entry
        for group, found in late.items()
        for entry in found[max(0, settings.most_late_at_once - len(today[group])) :]
    ]
    return _without(planned, not_yet) if not_yet else planned


def _leftovers_of(planned: RepositoryPlan, why: str) -> RepositoryPlan:
    """Nothing is let go, for ``why``; what is no backup is cleared, unless what stays needs it."""
    plan = planned.plan
    held = PrunePlan(plan.kept, waiting=plan.waiting, held_back=why)
    needed = {each for entry in plan.destroy for each in entry.needs}
    return replace(
        planned,
        plan=held,
        unfinished=tuple(each for each in planned.unfinished if each.backup_id not in needed),
        rubbish=tuple(each for each in planned.rubbish if each.backup_id not in needed),
        forgotten=(),
        is_for_a_person=True,
    )


def _late(
    entries: Sequence[CatalogEntry], plan: PrunePlan, settings: RetentionSettings, now: datetime
) -> dict[_Group, list[CatalogEntry]]:
    """Those that rules had kept for long, oldest first; a chain counts as one."""
    taken_at = timeline(_all(plan), now).taken_at
    late: dict[_Group, list[CatalogEntry]] = defaultdict(list)
    for entry in sorted(_last_of_chains(entries), key=lambda each: taken_at[each.backup_id]):
        if taken_at[entry.backup_id] < now - _overdue(entry, settings):
            late[entry.database, entry.kind, entry.selection].append(entry)
    return late


def _unusual(
    plan: PrunePlan, late: dict[_Group, list[CatalogEntry]], settings: RetentionSettings
) -> str:
    """Why it is for a person to say; empty where it is as usual, or a little more."""
    entries = _all(plan)
    counts = Counter({group: len(found) for group, found in late.items()})
    share = settings.share_at_once * len(_last_of_chains(entries))
    most = settings.most_late_at_once * _MOST_PORTIONS
    few = max(counts.values(), default=0) <= most
    if few and counts.total() <= max(settings.most_at_once, share):
        return ""
    return (
        f"{len(plan.expire)} of {len(entries)} backups would go at once, {counts.total()} of them"
        " long past the last `days` of [retention]: because retention was shortened, nothing was"
        " pruned for long, or a clock is wrong; look at pgvigil backup prune --plan, and do it by"
        " hand (pgvigil backup prune)"
    )


def _without(planned: RepositoryPlan, not_yet: Sequence[CatalogEntry]) -> RepositoryPlan:
    """The plan without these, and without what they need: a later prune lets them go."""
    plan = planned.plan
    stay = {entry.backup_id for entry in _with_ancestors(not_yet, plan.expire)}
    kept = [*plan.kept, *(Kept(e, (_NOT_YET,)) for e in plan.expire if e.backup_id in stay)]
    few = replace(
        plan,
        kept=tuple(sorted(kept, key=lambda each: each.entry.order)),
        expire=tuple(entry for entry in plan.expire if entry.backup_id not in stay),
    )
    note = (
        f"{len(stay)} old backups wait for another day, for that is {_NOT_YET} (pgvigil backup"
        " prune --plan shows all)"
    )
    return replace(planned, plan=few, notes=(*planned.notes, note))


def _with_ancestors(
    entries: Iterable[CatalogEntry], among: Iterable[CatalogEntry]
) -> Iterator[CatalogEntry]:
    by_id = {entry.backup_id: entry for entry in among}
    found = [by_id.pop(entry.backup_id) for entry in entries]
    while found:
        entry = found.pop()
        yield entry
        found += [by_id.pop(needed) for needed in entry.needs if needed in by_id]


def _all(plan: PrunePlan) -> list[CatalogEntry]:
    return [*(each.entry for each in plan.kept), *plan.expire, *plan.destroy, *plan.waiting]


def _last_of_chains(entries: Sequence[CatalogEntry]) -> list[CatalogEntry]:
    """Those that none of the others needs: a chain goes as one."""
    needed = {each for entry in entries for each in entry.needs}
    return [entry for entry in entries if entry.backup_id not in needed]


def _overdue(entry: CatalogEntry, settings: RetentionSettings) -> timedelta:
    return timedelta(days=keep_of(settings, entry.kind).days + settings.late_days)
