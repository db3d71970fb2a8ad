"""What every plan of a restore is made of besides the wish, and what all plans have alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.table_of_contents import TableOfContents, TocEntry
from core.model.backup import CopyState, Manifest, TableName
from core.model.restore import BackupChoice, Check, RestorePlan, RestoreWish, Step
from core.model.restore_target import TargetState
from core.postgres.client_programs import ClientPrograms
from core.postgres.text import python_codec
from core.restore.estimate import NOTHING_EARLIER, Earlier
from core.restore.merge.apply import Reviewed
from core.restore.merge.live import LiveDatabase
from core.restore.merge.partitions import PartitionGone
from core.restore.preflight import Planned
from core.restore.swap.properties import Properties
from core.restore.validate import NOTHING_FURTHER, Further
from core.restore.world import SYSTEM

PREPARE = "prepare"
"""The phase before all others."""

_MOVING = frozenset({"sessions", "connections", "room on this host", "room on the server"})
"""Checks that look at what changes from one minute to the next."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a plan is made of besides the wish.

    ``contents`` is the archive's table of contents. ``endpoint`` leads to the target's server,
    ``staging_free`` are the bytes free on this host. ``earlier`` is what restores before tell,
    ``live`` the properties of a database that another one is to take the place of, ``there``
    what is in one that tables are merged into, ``reviewed`` what an earlier merge staged there.
    ``target_free`` are the bytes free where the target's data goes, as far as that is
    seen from here; ``shares_disk`` where what is unpacked lies there, too. ``further`` is looked at
    besides the fingerprint. ``globals_sql`` makes roles and tablespaces, where these are wanted.
    ``left_out`` are tables that ``live`` has and backups leave out, ``None`` where that can't be
    seen. ``partitions_gone`` are those of merged tables.
    """

    choice: BackupChoice
    manifest: Manifest
    contents: TableOfContents
    target: TargetState
    endpoint: Endpoint
    programs: ClientPrograms
    workers: int
    staging_free: int
    earlier: Earlier = NOTHING_EARLIER
    live: Properties | None = None
    there: LiveDatabase | None = None
    target_free: int | None = None
    further: Further = NOTHING_FURTHER
    reviewed: Reviewed | None = None
    globals_sql: bytes = b""
    left_out: frozenset[TableName] | None = frozenset()
    partitions_gone: tuple[PartitionGone, ...] = ()
    shares_disk: bool = False


def preflight_of(
    wish: RestoreWish,
    around: Surroundings,
    *,
    entries: tuple[TocEntry, ...],
    staged_bytes: int,
    workers: int,
) -> Planned:
    """What the checks before a restore of these ``entries`` of the archive are made of."""
    return Planned(
        manifest=around.manifest,
        entries=entries,
        codec=python_codec(around.manifest.fingerprint.encoding),
        target=around.target,
        kind=wish.target,
        database=wish.target_database,
        staged_bytes=staged_bytes,
        staging_free=around.staging_free,
        target_free=around.target_free,
        workers=workers,
        owners=wish.owners,
        create_roles=wish.create_roles,
        is_whole=wish.is_of_everything,
        wants_rows=wish.wants_rows,
        left_out=around.left_out,
        table_bytes=(around.manifest.table_bytes or 0) if wish.is_of_everything else 0,
        shares_disk=around.shares_disk,
    )


def planned(
    wish: RestoreWish,
    around: Surroundings,
    *,
    plan_id: str,
    now: datetime,
    checks: tuple[Check, ...],
    steps: Iterable[Step],
    undo: str,
    fetch_bytes: int = 0,
    staged_bytes: int = 0,
    destroyed: Iterable[str] = (),
    world: Mapping[str, str] | None = None,
) -> RestorePlan:
    """The plan of these steps, with which copy it takes and why; ``world``: else the usual one."""
    choice, manifest = around.choice, around.manifest
    return RestorePlan(
        plan_id=plan_id,
        made_at=now,
        wish=wish,
        backup_id=manifest.backup_id,
        repository=choice.copy.repository,
        snapshot_at=manifest.snapshot_at,
        why=choice.why,
        passed_over=choice.passed_over,
        checks=checks,
        steps=(_prepare(around), *steps),
        fetch_bytes=fetch_bytes,
        staged_bytes=staged_bytes,
        destroyed=tuple(destroyed),
        undo=undo,
        world=dict(world_of(around, checks) if world is None else world),
    )


def _prepare(around: Surroundings) -> Step:
    return Step(
        PREPARE,
        "Look again at the backup and at where it goes; stop where what this plan was made by is"
        " not so any more",
        seconds=around.earlier.seconds(PREPARE),
    )


def world_of(around: Surroundings, found: tuple[Check, ...]) -> dict[str, str]:
    """What must be the same when the plan is run: what comes and goes is left out.

    Where that stops a restore, the plan that is made anew before it is run says so.
    """
    told = {
        "backup": around.manifest.backup_id,
        "repository": around.choice.copy.repository,
        "server": around.endpoint.display,
        SYSTEM: around.target.system_identifier,
        "server version": str(around.target.server_version),
        "role": around.target.role,
        "client programs": str(around.programs.version_num),
    }
    if around.choice.copy.state is CopyState.DAMAGED:
        told["the copy"] = "found damaged"
    return told | {
        f"check {check.name}": check.state.value for check in found if check.name not in _MOVING
    }
