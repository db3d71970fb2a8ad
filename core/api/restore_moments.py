"""Which moment the wizard suggests: pure."""

from __future__ import annotations

from core.model.recovery import RecoveryPoint, RecoveryTimeline
from core.model.restore_draft import RestoreDraft, Symptom


def suggested_moment(draft: RestoreDraft, timeline: RecoveryTimeline) -> RecoveryPoint | None:
    """The moment on which the cursor stands first.

    What was chosen; else the newest that has what is gone, or is older than the damage.
    """
    if (chosen := timeline.point(draft.backup_id)) is not None:
        return chosen
    if draft.damaged_at is not None:
        return timeline.newest_before(draft.damaged_at)
    usable = [each for each in timeline.points if each.is_usable]
    if draft.symptom is Symptom.TABLE_DROPPED:
        with_gone = [each for each in usable if each.gone]
        return next(iter([*with_gone, *usable]), None)
    return next(iter(usable), None)
