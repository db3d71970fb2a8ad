"""Whether the world still is as it was when a plan was made."""

from __future__ import annotations

from collections.abc import Iterable

from core.errors import RestoreError
from core.model.backup import BackupKind, CatalogEntry, CopyState
from core.model.restore import RestorePlan, TargetKind

SYSTEM = "system identifier"
"""What a plan's world calls the identifier of its target's cluster."""

_WITH_ROWS = frozenset({BackupKind.FULL, BackupKind.INCREMENTAL})


def changes(planned: RestorePlan, now: RestorePlan) -> tuple[str, ...]:
    """What is different now from what a plan was made by, each in words."""
    told = []
    for subject in sorted({*planned.world, *now.world}):
        was, is_now = planned.world.get(subject), now.world.get(subject)
        if was != is_now:
            told.append(f"{subject}: {was or 'not known'} then, {is_now or 'not known'} now")
    return tuple(told)


def require_unchanged(planned: RestorePlan, now: RestorePlan) -> None:
    """Nothing, where a plan may still be run.

    Raises:
        RestoreError: the world has changed since, or something stops the restore.
    """
    if changed := changes(planned, now):
        raise RestoreError(
            "The plan does not hold any more",
            why="; ".join(changed),
            remedy="make it anew, and read it again: pgvigil restore plan; nothing was touched",
        )
    if stops := now.stops:
        raise RestoreError(
            "The restore can't be done as it is planned",
            why="; ".join(each.what for each in stops),
            remedy="; ".join(each.remedy for each in stops if each.remedy),
        )


def require_newest(planned: RestorePlan, entries: Iterable[CatalogEntry]) -> None:
    """Nothing, where a swap that was to take the newest backup still takes that.

    Who named a backup, or a moment, wants that one whatever was taken since.

    Raises:
        RestoreError: another backup was taken since the plan was made.
    """
    wish = planned.wish
    if wish.target is not TargetKind.SWAP or wish.backup_id or wish.moment is not None:
        return
    known = {planned.backup_id, *(each.backup_id for each in planned.passed_over)}
    for each in entries:
        if (
            each.backup_id not in known
            and each.database == wish.database
            and each.kind in _WITH_ROWS
            and each.snapshot_at > planned.snapshot_at
            and any(copy.state is CopyState.COMPLETE for copy in each.copies)
        ):
            raise RestoreError(
                "The plan does not hold any more",
                why=f"it takes the newest backup, {planned.backup_id}; {each.backup_id} is newer",
                remedy="if that is the one that is wanted, name it: pgvigil restore plan --swap"
                f" --backup {planned.backup_id}; nothing was touched",
            )
