"""Which moment the wizard suggests: pure."""

from __future__ import annotations

from datetime import datetime

from core.model.recovery import RecoveryPoint, RecoveryTimeline
from core.model.restore_draft import RestoreDraft, Symptom


def suggested_moment(draft: RestoreDraft, timeline: RecoveryTimeline) -> RecoveryPoint | None:
    """The moment on which the cursor stands first.

    What was chosen; else the newest that has what is gone, or is older than the damage: of backups
    that have all of a database. Where there is none such, the newest that can be restored at all.
    """
    if (chosen := timeline.point(draft.backup_id)) is not None:
        return chosen
    database = database_meant(draft, timeline)
    if draft.damaged_at is not None:
        return newest_before(timeline, draft.damaged_at, database)
    own = timeline.whole(database)
    usable = [each for each in timeline.points if each.is_usable]
    found = [*own, *(each for each in usable if each.entry.database == database), *usable]
    if draft.symptom is Symptom.TABLE_DROPPED:
        found = [*(each for each in (*own, *timeline.whole()) if each.gone), *found]
    return next(iter(found), None)


def newest_before(
    timeline: RecoveryTimeline, moment: datetime, database: str
) -> RecoveryPoint | None:
    """The newest backup with all of ``database`` that can be restored and is not younger."""
    return next((each for each in timeline.whole(database) if each.at <= moment), None)


def database_meant(draft: RestoreDraft, timeline: RecoveryTimeline) -> str:
    """The database that is to be restored, as far as nobody has said.

    That of the draft; else the one through which the config reaches the server, if there are
    backups of it; else that of the newest backup that has all of one. Empty where there is none.
    """
    if draft.database or timeline.database in {each.entry.database for each in timeline.points}:
        return draft.database or timeline.database
    return next((each.entry.database for each in timeline.whole()), "")
