"""What a backup would do if it were started now."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.api.launch import Launch
from core.backup.ordered import asked_for
from core.config.settings import Settings
from core.model.backup import BackupKind, CatalogEntry
from core.model.backup_detail import BackupPlan
from core.model.job import JobKind, JobOrder
from core.model.protection import SetUpStep
from core.model.unknown import Unknown
from core.schedule.overview import missing_steps

if TYPE_CHECKING:
    from core.store.store import Store

_LOOKED_THROUGH = 200
_NO_EARLIER = Unknown("how large, and for how long, is not known: it is the first of its kind")
_REFUSALS = {
    SetUpStep.KEY: "there is no key that could seal it: pgvigil key init makes one",
    SetUpStep.KEY_CONFIRMED: "nobody has confirmed that the key is kept elsewhere: "
    "pgvigil key confirm, or [encryption] recovery_kept_by",
    SetUpStep.REPOSITORY: "there is no repository: [repositories.local] with a path",
    SetUpStep.COPIES: 'nothing says where it goes: [backup] copies = ["local"]',
}


def plan_backup(store: Store, launch: Launch, order: JobOrder, now: datetime) -> BackupPlan:
    """What a backup by this order would do, and the reasons for which it can't begin.

    Raises:
        StoreError: the store can't be read.
    """
    settings, server_id = launch.settings, order.server_id
    asked = asked_for(order, settings) if settings.backup.copies else None
    kind = BackupKind(order.arguments["kind"])
    newest = store.attempts.history(server_id, _LOOKED_THROUGH, until=now)
    entries = [row.entry for row in newest.rows if row.entry is not None]
    alike = next((each for each in entries if each.kind is kind), None)
    began = {row.entry.backup_id: row.started_at for row in newest.rows if row.entry is not None}
    parent = _parent(store, server_id, now) if kind is BackupKind.INCREMENTAL else None
    key_id = _key_id(store, settings)
    return BackupPlan(
        order=order,
        kind=kind,
        databases=asked.databases if asked else (),
        copies=asked.copies if asked else (),
        key_name=settings.encryption.key if settings.encryption.enabled else "",
        key_id=key_id,
        staging=_staging(launch),
        estimated_bytes=_NO_EARLIER if alike is None else alike.sealed_bytes,
        estimated_seconds=_NO_EARLIER
        if alike is None
        else max(0.0, (alike.finished_at - began[alike.backup_id]).total_seconds()),
        parent_id=parent.backup_id if parent is not None else "",
        refusals=(
            *(_REFUSALS[step] for step in SetUpStep if step in missing_steps(store, settings)),
            *_under_way(store, server_id),
        ),
    )


def _parent(store: Store, server_id: str, now: datetime) -> CatalogEntry | None:
    good = store.protection.last_good(server_id, until=now)
    return max(good, key=lambda entry: entry.snapshot_at, default=None)


def _key_id(store: Store, settings: Settings) -> str | Unknown:
    """The newest key of the name that the config gives; empty where nothing is sealed."""
    if not settings.encryption.enabled:
        return ""
    records = [each for each in store.backup_keys.all() if each.name == settings.encryption.key]
    if not records:
        return Unknown("it is not known here yet")
    return max(records, key=lambda each: each.made_at).key_id


def _staging(launch: Launch) -> str:
    given = launch.settings.backup.staging
    return str(Path(given).expanduser() if given else launch.state_folder / "staging")


def _under_way(store: Store, server_id: str) -> list[str]:
    """A second backup of a server is refused while one runs."""
    return [
        f"a backup runs already: job {job.job_id}, asked by {job.order.who}"
        for job in store.jobs.under_way()
        if job.order.server_id == server_id and job.order.kind is JobKind.BACKUP
    ]
