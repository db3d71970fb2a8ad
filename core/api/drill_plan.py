"""What a drill would do if it were started now; nothing is opened and no server is started."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from core.config.settings import Settings
from core.errors import PgvigilError
from core.model.drill import Drill, DrillKind, DrillPick
from core.model.drill_detail import DrillPlan
from core.model.job import JobKind, JobOrder
from core.model.unknown import Unknown
from core.restore.drill.job import DATABASE, KIND
from core.restore.drill.objectives import objectives_of
from core.restore.drill.pick import pick_backup, restorable

if TYPE_CHECKING:
    from core.store.store import Store

_LOOKED_THROUGH = 50
_EARLIER = 3
"""Drills whose times an expectation is made of."""


def plan_drill(
    store: Store, settings: Settings, order: JobOrder, kind: DrillKind, now: datetime
) -> DrillPlan:
    """What a drill by this order would do, and the reasons for which it can't begin.

    Raises:
        StoreError: the store can't be read.
    """
    planned = DrillPlan(
        order=replace(order, arguments={**order.arguments, KIND: kind.value}),
        kind=kind,
        pick=DrillPick(settings.drill.pick),
        objectives=objectives_of(settings.drill),
        refusals=_under_way(store, order.server_id),
    )
    try:
        return _picked(planned, store, settings, now)
    except PgvigilError as error:
        why = ": ".join(part for part in (error.what, error.why) if part)
        told = f"{why}\ndo: {error.remedy}" if error.remedy else why
        return replace(planned, refusals=(*planned.refusals, told))


def _picked(planned: DrillPlan, store: Store, settings: Settings, now: datetime) -> DrillPlan:
    """It with the backup that is taken; where chance takes one, with those that it is one of."""
    server_id = planned.order.server_id
    entries = store.catalog.entries(server_id)
    picked = pick_backup(
        entries,
        planned.pick,
        database="",
        tried_at=store.drills.tried_at(server_id, planned.kind, until=now),
        choice=lambda kept: kept[0],
    )
    database = picked.database
    order = planned.order
    planned = replace(
        planned,
        order=replace(order, arguments={**order.arguments, DATABASE: database}),
        database=database,
        of=sum(each.database == database for each in restorable(entries)),
        why=picked.why,
        seconds=_seconds(store.drills.listed(server_id, _LOOKED_THROUGH, until=now), planned),
    )
    if planned.pick is DrillPick.RANDOM:
        return planned
    return _chosen(planned, store, settings, picked.backup_id)


def _chosen(planned: DrillPlan, store: Store, settings: Settings, backup_id: str) -> DrillPlan:
    from core.backup.keys.sources import load_opening_keys
    from core.restore.choose import Wanted, choose_backup

    server_id = planned.order.server_id
    entries = store.catalog.entries(server_id)
    keys = load_opening_keys(settings.encryption, settings.keys)
    choice = choose_backup(
        entries,
        Wanted(server_id, planned.database, backup_id=backup_id),
        keys={each.key_id for each in entries} if keys.has_passphrases else keys.key_ids,
        repositories=settings.backup.copies or tuple(settings.repositories),
    )
    return replace(
        planned,
        backup_id=choice.entry.backup_id,
        repository=choice.copy.repository,
        snapshot_at=choice.entry.snapshot_at,
        sealed_bytes=choice.entry.sealed_bytes,
        why=planned.why or choice.why,
        passed_over=choice.passed_over,
    )


def _seconds(done: tuple[Drill, ...], planned: DrillPlan) -> float | Unknown:
    """How long the last ones of its kind took, from their beginning until all was cleared away."""
    took = [
        (each.finished_at - each.started_at).total_seconds()
        for each in done
        if each.kind is planned.kind and each.finished_at is not None and each.status.is_proof
    ][:_EARLIER]
    return sum(took) / len(took) if took else planned.seconds


def _under_way(store: Store, server_id: str) -> tuple[str, ...]:
    return tuple(
        f"a drill of it is under way: {job.order.who} began it {job.created_at:%Y-%m-%d %H:%M} UTC"
        for job in store.jobs.under_way()
        if job.order.kind is JobKind.DRILL and job.order.server_id == server_id
    )
