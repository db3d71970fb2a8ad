"""What is known of a server's drills: what came of the last ones, and whether one is overdue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.config.schedules import schedules_of
from core.config.settings import Settings

if TYPE_CHECKING:
    from core.model.drill import Drill, DrillOverview, Standing
    from core.model.drill_calendar import Duty
    from core.model.guided_drill import GuidedDrill
    from core.store.store import Store

DRILLS_LISTED = 100
_HOUR, _DAY = 3_600.0, 86_400.0
_DRILLS = "drill"


def drills_of(
    store: Store,
    settings: Settings,
    server_id: str,
    now: datetime,
    restorable: Iterable[str] = (),
) -> DrillOverview | None:
    """A server's drills as they stood at ``now``; ``None`` where none was begun, and none planned.

    ``restorable`` are the databases with a good backup, which take turns.

    Raises:
        StoreError: the store can't be read.
    """
    listed = store.drills.listed(server_id, DRILLS_LISTED + 1, until=now)
    is_planned = any(each.kind == _DRILLS for each in schedules_of(settings, server_id))
    if not listed and not is_planned:
        return None
    # Drills are rare: what knows them is loaded where there are some.
    from core.model.drill import DrillOverview
    from core.restore.drill.objectives import objectives_of

    restorable_since = store.protection.oldest_good(server_id, until=now)
    proofs = store.drills.last_proofs(server_id, until=now)
    proven = (each.finished_at for each in proofs)
    return DrillOverview(
        last=store.drills.last_ended(server_id, until=now),
        proven_at=max((at for at in proven if at is not None), default=None),
        overdue_seconds=settings.drill.overdue_days * _DAY if is_planned else 0.0,
        restorable_since=restorable_since,
        standings=tuple(_standings(store, server_id, restorable, proofs, now)),
        proofs=proofs,
        listed=tuple(_as_it_stood(each, now) for each in listed[:DRILLS_LISTED]),
        older=len(listed) > DRILLS_LISTED,
        objectives=objectives_of(settings.drill),
        calendar=_calendar(store, settings, server_id, restorable_since, now),
        left=_left(store, settings, listed, now),
    )


def _standings(
    store: Store,
    server_id: str,
    restorable: Iterable[str],
    proofs: Sequence[Drill],
    now: datetime,
) -> Iterator[Standing]:
    """Since when each database has a proof, or could have one."""
    from core.model.drill import Standing

    proven = {each.database: each.finished_at for each in proofs}
    for name in sorted(restorable):
        at = proven.get(name)
        since = at or store.protection.oldest_good(server_id, until=now, database=name)
        if since is not None:
            yield Standing(name, since, is_proven=at is not None)


def _calendar(
    store: Store, settings: Settings, server_id: str, restorable: datetime | None, now: datetime
) -> tuple[Duty, ...]:
    from core.model.drill import DrillKind
    from core.model.drill_calendar import Cadence
    from core.restore.drill.calendar import calendar_of, first_day

    wanted = settings.drill
    every = {
        DrillKind.RESTORE.value: wanted.restore_every,
        DrillKind.SABOTAGE.value: wanted.sabotage_every,
        DrillKind.GUIDED.value: wanted.guided_every,
    }
    due = {kind: Cadence(each) for kind, each in every.items() if each != "never"}
    today = now.astimezone(UTC).date()
    days = store.drills.days(server_id, first_day(due.values(), today), until=now)
    known = [each.day for each in days]
    if restorable is not None:
        known.append(restorable.astimezone(UTC).date())
    return calendar_of(days, due, min(known, default=None), today)


def _left(
    store: Store, settings: Settings, listed: Sequence[Drill], now: datetime
) -> tuple[GuidedDrill, ...]:
    """Guided drills that were begun and left; only where one is under way the store is asked."""
    from core.model.drill import DrillKind

    begun = [e for e in listed if e.kind is DrillKind.GUIDED and not e.status.is_over]
    seen = [store.guided_drills.get(each.drill_id) for each in begun]
    most = settings.drill.abandoned_hours * _HOUR
    return tuple(
        each.drill
        for each in seen
        if each is not None
        and not each.drill.is_over
        and (now - each.drill.noted_at).total_seconds() > most
    )


def _as_it_stood(drill: Drill, now: datetime) -> Drill:
    """A drill as it was known at a moment; one that ended later was still running."""
    from core.model.drill import DrillStatus

    if drill.finished_at is None or drill.finished_at <= now:
        return drill
    return replace(
        drill,
        status=DrillStatus.RUNNING,
        finished_at=None,
        phases=(),
        rto_seconds=None,
        differences=(),
        trials=(),
        problem="",
        remedy="",
        seal=None,
        what="",
        guided=None,
    )
