"""What is known of a server's drills: what came of the last ones, and whether one is overdue."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from core.config.schedules import schedules_of
from core.config.settings import Settings

if TYPE_CHECKING:
    from core.model.drill import DrillOverview
    from core.store.store import Store

_DAY = 86_400.0
_DRILLS = "drill"


def drills_of(
    store: Store, settings: Settings, server_id: str, now: datetime
) -> DrillOverview | None:
    """A server's drills as they stood at ``now``; ``None`` where none was done, and none planned.

    Raises:
        StoreError: the store can't be read.
    """
    last = store.drills.last_ended(server_id, until=now)
    is_planned = any(each.kind == _DRILLS for each in schedules_of(settings, server_id))
    if not last and not is_planned:
        return None
    # Drills are rare: what knows them is loaded where there are some.
    from core.model.drill import DrillOverview

    proven = store.drills.proven_at(server_id, until=now)
    return DrillOverview(
        last=last,
        proven_at=max(proven.values(), default=None),
        overdue_seconds=settings.drill.overdue_days * _DAY if is_planned else 0.0,
        restorable_since=store.protection.oldest_good(server_id, until=now),
    )
