"""What is missing in a repository that would keep it, while another one still has it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from core.backup.retention import Kept, PrunePlan
from core.backup.retention_rules import THOUGH_DAMAGED
from core.model.backup import CatalogEntry, CopyState

_THERE = frozenset({CopyState.COMPLETE, CopyState.DAMAGED})


def is_to_come_back(
    here: CatalogEntry, known: Mapping[str, CatalogEntry], others: Collection[str]
) -> bool:
    """Whether a verification can write a backup again that is ``here`` no more, from ``others``.

    ``known`` has the backups with all their copies. What had expired here is gone for good.
    """
    is_lost = bool(here.copies) and all(
        copy.state is CopyState.MISSING and copy.expired_at is None for copy in here.copies
    )
    gone_from = {copy.repository for copy in here.copies}
    return is_lost and any(
        copy.state in _THERE and copy.repository in others and copy.repository not in gone_from
        for copy in known[here.backup_id].copies
    )


def as_if_damaged(entry: CatalogEntry) -> CatalogEntry:
    """The same with the place among the others that what can be repaired keeps."""
    copies = (replace(copy, state=CopyState.DAMAGED) for copy in entry.copies)
    return replace(entry, copies=tuple(copies))


def as_missing(plan: PrunePlan, lost: Collection[str]) -> tuple[PrunePlan, tuple[str, ...]]:
    """The plan that says of those ``lost`` what they are, and a note of those that are kept."""
    kept = [each.entry.backup_id for each in plan.kept if each.entry.backup_id in lost]
    if not kept or plan.held_back:
        return plan, ()
    note = (
        f"{len(kept)} backups that are kept here are missing (pgvigil backup verify writes them"
        " again from where they still are)"
    )
    return replace(plan, kept=tuple(_named(each, lost) for each in plan.kept)), (note,)


def _named(kept: Kept, lost: Collection[str]) -> Kept:
    entry = kept.entry
    if entry.backup_id not in lost:
        return kept
    copies = (replace(copy, state=CopyState.MISSING) for copy in entry.copies)
    reasons = (each.replace(THOUGH_DAMAGED, ", though missing") for each in kept.reasons)
    return Kept(replace(entry, copies=tuple(copies)), tuple(reasons))
