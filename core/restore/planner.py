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
from core.restore.archive.taken import Taken, taken
from core.restore.estimate import Earlier, expected_seconds
from core.restore.fetch import FETCH, needed_artifacts
from core.restore.merge.live import LiveDatabase
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
    ``live`` is what is in the database that a merge goes into; ``None`` where there is none.
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
    live: LiveDatabase | None = None


def plan(wish: RestoreWish, around: Surroundings, *, plan_id: str, now: datetime) -> RestorePlan:
    """What restoring the chosen backup as a new database would do.

    Raises:
        BackupError: the backup lacks a table that is wanted.
        RestoreError: this kind of target can't be planned.
    """
    if wish.target is TargetKind.MERGE:
        from core.restore.merge.plan import plan_merge

        return plan_merge(wish, around, plan_id=plan_id, now=now)
    if wish.target is not TargetKind.BESIDE:
        raise RestoreError(f"A restore by {wish.target.value} can't be planned here")
    manifest = around.manifest
    codec = python_codec(manifest.fingerprint.encoding)
    found_in_it = taken(around.contents, wish, codec)
    artifacts = needed_artifacts(manifest, found_in_it.files)
    staged = sum(each.plain_bytes for each in artifacts)
    fetched = sum(each.sealed_bytes for each in artifacts)
    found = checks(
        Planned(
            manifest=manifest,
            entries=found_in_it.entries,
            codec=codec,
            target=around.target,
            kind=wish.target,
            database=wish.target_database,
            staged_bytes=staged,
            staging_free=around.staging_free,
            target_free=None,
            workers=around.workers,
        )
    )
    steps = tuple(_steps(wish, around, found_in_it, plan_id, fetched=fetched, staged=staged))
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
        world=world_of(around, found),
    )


def _steps(
    wish: RestoreWish,
    around: Surroundings,
    chosen: Taken,
    plan_id: str,
    *,
    fetched: int,
    staged: int,
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
    listed = " --use-list=…" if chosen.listed is not None else ""
    listed += "" if wish.rows else " --schema-only"
    archive = "database" if manifest.archive_format is ArchiveFormat.DIRECTORY else "archive.dump"
    command = f"{program} --dbname={dsn!r} --jobs={around.workers}{owner}{listed} {archive}"
    what = {
        DEFINITIONS: f"Create schemas, types, functions and tables{_counted(chosen)}",
        ROWS: "Load the rows" if wish.rows else "Load no rows: definitions alone are wanted",
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


def _counted(chosen: Taken) -> str:
    if chosen.listed is None:
        return ""
    told = f": {len(chosen.listed)} entries of the archive"
    if chosen.left_out:
        count = len(chosen.left_out)
        told += f"; {count} foreign keys are left out, whose other table is not chosen"
    return told


def world_of(around: Surroundings, found: tuple[Check, ...]) -> dict[str, str]:
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
