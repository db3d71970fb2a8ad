"""A restore as it would be done: made of values, before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.table_of_contents import TableOfContents
from core.backup.fingerprint import FINGERPRINT
from core.model.backup import ArchiveFormat, Manifest
from core.model.restore import BackupChoice, Check, RestorePlan, RestoreWish, Step, TargetKind
from core.model.restore_target import TargetState
from core.postgres.client_programs import ClientPrograms
from core.postgres.text import python_codec
from core.restore.archive.taken import Taken, taken
from core.restore.estimate import Earlier, expected_seconds
from core.restore.fetch import FETCH, needed_artifacts
from core.restore.further_steps import further_steps
from core.restore.merge.apply import Reviewed
from core.restore.merge.live import LiveDatabase
from core.restore.preflight import Planned, checks, in_order
from core.restore.preflight.parts import part_checks
from core.restore.preflight.roles import missing_roles
from core.restore.program import DEFINITIONS, INDEXES, ROWS
from core.restore.swap.exchange import Exchange
from core.restore.swap.names import before_name, new_name
from core.restore.swap.properties import Properties, giving, opening, owned_by
from core.restore.target.create import create_statements, open_statements
from core.restore.target.roles import role_statements
from core.restore.validate import AMCHECK, NOTHING_FURTHER, VALIDATE, Further

ROLES = "roles"
START = "start a server"
CREATE = "create"
SWAP = "swap"
OPEN = "open"

_MOVING = frozenset({"sessions", "connections", "room on this host", "room on the server"})
"""Checks that look at what changes from one minute to the next."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a plan is made of besides the wish.

    ``contents`` is the archive's table of contents. ``endpoint`` leads to the target's server,
    ``staging_free`` are the bytes free on this host. ``earlier`` are the phases of restores before,
    ``live`` the properties of a database that another one is to take the place of, ``there``
    what is in one that tables are merged into, ``reviewed`` what an earlier merge staged there.
    ``target_free`` are the bytes free where the target's data goes, as far as that is
    seen from here. ``further`` is looked at besides the fingerprint. ``globals_sql`` makes roles
    and tablespaces, where these are wanted.
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
    live: Properties | None = None
    there: LiveDatabase | None = None
    target_free: int | None = None
    further: Further = NOTHING_FURTHER
    reviewed: Reviewed | None = None
    globals_sql: bytes = b""


def plan(wish: RestoreWish, around: Surroundings, *, plan_id: str, now: datetime) -> RestorePlan:
    """What restoring the chosen backup as a new database would do.

    Raises:
        BackupError: the backup lacks a table that is wanted.
    """
    if wish.target is TargetKind.MERGE:
        from core.restore.merge.plan import plan_merge
        from core.restore.merge.plan_rows import plan_rows

        if wish.staged_by:
            return plan_rows(wish, around, plan_id=plan_id, now=now)
        return plan_merge(wish, around, plan_id=plan_id, now=now)
    if wish.target is TargetKind.GLOBALS:
        from core.restore.globals.plan import plan_globals

        return plan_globals(wish, around, plan_id=plan_id, now=now)
    manifest = around.manifest
    found_in_it = taken(around.contents, wish, python_codec(manifest.fingerprint.encoding))
    artifacts = needed_artifacts(manifest, found_in_it.files)
    staged = sum(each.plain_bytes for each in artifacts)
    fetched = sum(each.sealed_bytes for each in artifacts)
    planned = preflight_of(wish, around, found_in_it)
    found = in_order((*checks(planned), *part_checks(found_in_it)))
    created = missing_roles(planned) if wish.create_roles else frozenset()
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
        steps=(*_role_steps(created), *steps),
        fetch_bytes=fetched,
        staged_bytes=staged,
        destroyed=_destroyed(wish, plan_id),
        undo=_undo(wish, plan_id),
        world=_world(wish, around, found),
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
    manifest, name = around.manifest, _made(wish, plan_id)
    tablespace = around.live.tablespace if around.live else ""
    repository = around.choice.copy.repository

    def seconds(phase: str, size_bytes: int) -> float | None:
        return expected_seconds(phase, size_bytes, around.earlier)

    if wish.target is TargetKind.SCRATCH:
        yield Step(
            START,
            f"Start PostgreSQL {around.endpoint.server_version // 10_000} from"
            f" {around.programs.origin}, in a private folder, on a socket there alone; with the"
            " backup's roles, none of which may log in",
            seconds=seconds(START, staged),
        )
    yield Step(
        FETCH,
        f"Fetch {fetched:,} bytes of backup {manifest.backup_id} from {repository} to this host;"
        " each is authenticated before any is used",
        seconds=seconds(FETCH, fetched),
    )
    create = create_statements(
        name,
        manifest.fingerprint,
        plan_id,
        around.endpoint.server_version,
        tablespace=tablespace,
    )
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
        INDEXES: "Build indexes, attach those of partitions one by one, check constraints, refresh"
        " materialised views",
    }
    for phase, text in what.items():
        yield Step(phase, text, (command,) if phase == DEFINITIONS else (), seconds(phase, staged))
    yield Step(
        VALIDATE,
        "Compare tables, rows, contents, sequences, definitions, extensions, owners and grants with"
        " the backup's fingerprint",
        ("ANALYZE",),
        _with(seconds(VALIDATE, staged), seconds(FINGERPRINT, staged)),
    )
    checked = _with(seconds(VALIDATE, staged) and 0.0, seconds(AMCHECK, staged))
    yield from further_steps(around.further, around.programs, checked)
    if wish.target is TargetKind.SWAP:
        yield from _swap_steps(wish, around, plan_id)
        return
    yield Step(
        OPEN,
        f"Open {name} for connections",
        tuple(each.as_string() for each in open_statements(name)),
        seconds=0.0,
    )


def preflight_of(wish: RestoreWish, around: Surroundings, chosen: Taken) -> Planned:
    """What the checks before a restore are made of."""
    artifacts = needed_artifacts(around.manifest, chosen.files)
    return Planned(
        manifest=around.manifest,
        entries=chosen.entries,
        codec=python_codec(around.manifest.fingerprint.encoding),
        target=around.target,
        kind=wish.target,
        database=wish.target_database,
        staged_bytes=sum(each.plain_bytes for each in artifacts),
        staging_free=around.staging_free,
        target_free=around.target_free,
        workers=around.workers,
        owners=wish.owners,
        create_roles=wish.create_roles,
    )


def _with(known: float | None, more: float | None) -> float | None:
    """Both, where the first is known: an earlier restore that had no second one took none of it."""
    return None if known is None else known + (more or 0.0)


def _role_steps(created: frozenset[str]) -> Iterator[Step]:
    if created:
        yield Step(
            ROLES,
            "Create the roles that are missing; nobody can log in as them, and they stay",
            tuple(each.as_string() for each in role_statements(created)),
            0.0,
        )


def _swap_steps(wish: RestoreWish, around: Surroundings, plan_id: str) -> Iterator[Step]:
    live, incoming = wish.target_database, new_name(wish.target_database, plan_id)
    aside = before_name(live, plan_id)
    if around.live is None:
        return
    mark = f"pgvigil restore {plan_id}: not proven yet"
    given = (*giving(around.live, incoming, closed=mark), owned_by(around.live, incoming))
    exchanged = Exchange(live, incoming, aside, opening(around.live, live)).commands
    yield Step(
        SWAP,
        f"If nothing is different: give {incoming} the settings of {live}, close {live}, end its"
        f" sessions, and exchange the names; what is live now is kept, closed, as {aside}",
        (*(each.as_string() for each in given), *exchanged),
        0.0,
    )


def _made(wish: RestoreWish, plan_id: str) -> str:
    """The name that the new database is made under."""
    if wish.target is TargetKind.SWAP:
        return new_name(wish.target_database, plan_id)
    return wish.target_database


def _destroyed(wish: RestoreWish, plan_id: str) -> tuple[str, ...]:
    if wish.target is not TargetKind.SWAP:
        return ()
    live = wish.target_database
    return (
        f"what was written to {live} since the backup is no longer in {live}: it is in"
        f" {before_name(live, plan_id)}, until that is dropped",
        f"the sessions of {live}, and what they had not committed",
    )


def _undo(wish: RestoreWish, plan_id: str) -> str:
    if wish.target is TargetKind.SCRATCH:
        return "stop the scratch server, and remove its folder"
    if wish.target is TargetKind.SWAP:
        aside = before_name(wish.target_database, plan_id)
        return f"exchange the names back: {aside} is {wish.target_database} again"
    return f"drop the new database {wish.target_database}; nothing else is changed"


def _counted(chosen: Taken) -> str:
    if chosen.listed is None:
        return ""
    told = f": {len(chosen.listed)} entries of the archive"
    if chosen.left_out:
        count = len(chosen.left_out)
        told += f"; {count} foreign keys are left out, whose other table is not chosen"
    return told


def _world(wish: RestoreWish, around: Surroundings, found: tuple[Check, ...]) -> dict[str, str]:
    told = world_of(around, found)
    if wish.target is TargetKind.SCRATCH:  # a new one each time
        del told["server"], told["system identifier"]
    return told


def world_of(around: Surroundings, found: tuple[Check, ...]) -> dict[str, str]:
    """What must be the same when the plan is run: what comes and goes is left out.

    Where that stops a restore, the plan that is made anew before it is run says so.
    """
    told = {
        "backup": around.manifest.backup_id,
        "repository": around.choice.copy.repository,
        "server": around.endpoint.display,
        "system identifier": around.target.system_identifier,
        "server version": str(around.target.server_version),
        "role": around.target.role,
        "client programs": str(around.programs.version_num),
    }
    return told | {
        f"check {check.name}": check.state.value for check in found if check.name not in _MOVING
    }
