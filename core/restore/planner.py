"""A restore as it would be done: made of values, before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.table_of_contents import TableOfContents
from core.errors import RestoreError
from core.model.backup import ArchiveFormat, Manifest
from core.model.restore import BackupChoice, Check, RestorePlan, RestoreWish, Step, TargetKind
from core.model.restore_target import TargetState
from core.postgres.client_programs import ClientPrograms
from core.postgres.text import python_codec
from core.restore.archive.choice import Choice, choose
from core.restore.estimate import Earlier, expected_seconds
from core.restore.fetch import FETCH, needed_artifacts
from core.restore.preflight import Planned, checks
from core.restore.program import DEFINITIONS, INDEXES, ROWS
from core.restore.target.create import create_statements, open_statements
from core.restore.validate import VALIDATE

CREATE = "create"
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a plan is made of besides the wish.

    ``contents`` is the archive's table of contents. ``endpoint`` leads to the target's server,
    ``staging_free`` are the bytes free on this host. ``earlier`` are the phases of restores before.
    """

    choice: BackupChoice
    manifest: Manifest
    contents: TableOfContents
    target: TargetState
    endpoint: Endpoint
    programs: ClientPrograms
    workers: int
    staging_free: int
    earlier: Earlier = ()


def plan(wish: RestoreWish, around: Surroundings, *, plan_id: str, now: datetime) -> RestorePlan:
    """What restoring the chosen backup as a new database would do.

    Raises:
        BackupError: the backup lacks a table that is wanted.
        RestoreError: this kind of target can't be planned.
    """
    if wish.target is not TargetKind.BESIDE:
        raise RestoreError(f"A restore by {wish.target.value} can't be planned here")
    manifest = around.manifest
    chosen = _chosen(wish, around)
    artifacts = needed_artifacts(manifest, chosen.files if chosen else None)
    staged = sum(each.plain_bytes for each in artifacts)
    fetched = sum(each.sealed_bytes for each in artifacts)
    found = checks(
        Planned(
            manifest=manifest,
            entries=(*chosen.needed, *chosen.restored) if chosen else around.contents.entries,
            codec=python_codec(manifest.fingerprint.encoding),
            target=around.target,
            kind=wish.target,
            database=wish.target_database,
            staged_bytes=staged,
            staging_free=around.staging_free,
            target_free=None,
            workers=around.workers,
        )
    )
    steps = tuple(_steps(wish, around, plan_id, fetched=fetched, staged=staged))
    return RestorePlan(
        plan_id=plan_id,
        made_at=now,
        wish=wish,
        backup_id=manifest.backup_id,
        repository=around.choice.copy.repository,
        snapshot_at=manifest.snapshot_at,
        why=around.choice.why,
        passed_over=around.choice.passed_over,
        checks=found,
        steps=steps,
        fetch_bytes=fetched,
        staged_bytes=staged,
        destroyed=(),
        undo=f"drop the new database {wish.target_database}; nothing else is changed",
        world=_world(around, found),
    )


def _chosen(wish: RestoreWish, around: Surroundings) -> Choice | None:
    if not wish.tables:
        return None
    codec = python_codec(around.manifest.fingerprint.encoding)
    return choose(around.contents, wish.tables, codec=codec)


def _steps(
    wish: RestoreWish, around: Surroundings, plan_id: str, *, fetched: int, staged: int
) -> Iterator[Step]:
    manifest, name = around.manifest, wish.target_database
    repository = around.choice.copy.repository

    def seconds(phase: str, size_bytes: int) -> float | None:
        return expected_seconds(phase, size_bytes, around.earlier)

    yield Step(
        FETCH,
        f"Fetch {fetched:,} bytes of backup {manifest.backup_id} from {repository} to this host;"
        " each is authenticated before any is used",
        seconds=seconds(FETCH, fetched),
    )
    create = create_statements(name, manifest.fingerprint, plan_id, around.endpoint.server_version)
    yield Step(
        CREATE,
        f"Make the database {name}, closed to others until it is proven",
        tuple(each.as_string() for each in create),
        seconds=0.0,
    )
    program = around.programs.bin / "pg_restore"
    dsn = around.endpoint.with_database(name).conninfo()
    owner = "" if wish.owners else " --no-owner"
    listed = " --use-list=…" if wish.tables else ""
    archive = "database" if manifest.archive_format is ArchiveFormat.DIRECTORY else "archive.dump"
    command = f"{program} --dbname={dsn!r} --jobs={around.workers}{owner}{listed} {archive}"
    what = {
        DEFINITIONS: "Create schemas, types, functions and tables",
        ROWS: "Load the rows",
        INDEXES: "Build indexes, check constraints, refresh materialised views",
    }
    for phase, text in what.items():
        yield Step(phase, text, (command,) if phase == DEFINITIONS else (), seconds(phase, staged))
    yield Step(
        VALIDATE,
        "Compare tables, rows, contents, sequences, definitions, extensions, owners and grants with"
        " the backup's fingerprint",
        ("ANALYZE",),
        seconds(VALIDATE, staged),
    )
    yield Step(
        OPEN,
        f"Open {name} for connections",
        tuple(each.as_string() for each in open_statements(name)),
        seconds=0.0,
    )


def _world(around: Surroundings, found: tuple[Check, ...]) -> dict[str, str]:
    """What must be the same when the plan is run: counts that move are left out."""
    told = {
        "backup": around.manifest.backup_id,
        "repository": around.choice.copy.repository,
        "server": around.endpoint.display,
        "system identifier": around.target.system_identifier,
        "server version": str(around.target.server_version),
        "role": around.target.role,
        "client programs": str(around.programs.version_num),
    }
    return told | {f"check {check.name}": check.state.value for check in found}
