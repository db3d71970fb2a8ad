"""Whether the world still is as it was when a plan was made."""

from __future__ import annotations

from core.errors import RestoreError
from core.model.restore import RestorePlan


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
