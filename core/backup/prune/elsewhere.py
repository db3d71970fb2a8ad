"""What one repository lets go, and another one keeps that has no good copy of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from core.backup.retention import PrunePlan
from core.model.backup import CatalogEntry, CopyState


def without_what_others_lack(
    plan: PrunePlan,
    known: Mapping[str, CatalogEntry],
    repository: str,
    others: Collection[str],
) -> tuple[PrunePlan, tuple[str, ...]]:
    """Leave what is the last good copy of a backup that is kept in one of ``others``, and why.

    From it that copy is to be repaired. ``known`` has the backups with all their copies. What
    it needs is left, too.
    """
    stay: set[str] = set()
    places: set[str] = set()
    for entry in plan.destroy:  # children first
        if lacking := lacking_in(known[entry.backup_id], repository, others):
            stay.add(entry.backup_id)
            places.add(lacking)
        if entry.backup_id in stay:
            stay |= entry.needs
    if not stay:
        return plan, ()
    destroy = tuple(entry for entry in plan.destroy if entry.backup_id not in stay)
    waiting = tuple(entry for entry in plan.destroy if entry.backup_id in stay)
    note = (
        f"{len(waiting)} backups are not destroyed yet: they are kept in"
        f" {', '.join(sorted(places))}, where no good copy of them is (pgvigil backup verify"
        " repairs it from here)"
    )
    return replace(plan, destroy=destroy, waiting=(*plan.waiting, *waiting)), (note,)


def lacking_in(
    entry: CatalogEntry,
    repository: str,
    others: Collection[str],
    seen: Collection[str] | None = None,
) -> str:
    """Where a backup is kept whose copy in ``repository`` may be the only good one; empty: nowhere.

    A copy that nobody has read yet is not known to be good; neither is one in a repository that is
    not among those ``seen`` just now (``None``: what the catalog says is believed).
    """
    here = any(
        copy.repository == repository and copy.state is CopyState.COMPLETE for copy in entry.copies
    )
    kept = [
        copy
        for copy in entry.copies
        if copy.repository != repository
        and copy.repository in others
        and copy.expired_at is None
        and copy.state is not CopyState.EXPIRED
    ]
    good = [copy.repository for copy in kept if copy.is_good]
    if not here or not kept or (good and (seen is None or not set(good).isdisjoint(seen))):
        return ""
    return min(good or (copy.repository for copy in kept))
