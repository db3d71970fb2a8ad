"""A restore as it would be done: made of values, before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from core.model.backup import ArchiveFormat
from core.model.restore import Check, RestorePlan, RestoreWish, Step, TargetKind
from core.postgres.text import python_codec
from core.restore.archive.at_once import workers_for
from core.restore.archive.taken import Taken, taken
from core.restore.fetch import FETCH, needed_artifacts
from core.restore.further_steps import further_steps
from core.restore.new_roles import created_roles, new_role_checks, role_steps
from core.restore.own import own_checks, own_in
from core.restore.preflight import Planned, checks, in_order
from core.restore.preflight.parts import part_checks
from core.restore.program import DEFINITIONS, INDEXES, ROWS
from core.restore.surroundings import Surroundings, planned, preflight_of, world_of
from core.restore.swap.exchange import Exchange
from core.restore.swap.names import before_name, new_name
from core.restore.swap.properties import giving, opening, owned_by
from core.restore.target.create import create_statements, proven
from core.restore.validate import AMCHECK, PG_DUMP, VALIDATE

START = "start a server"
CREATE = "create"
SWAP = "swap"
OPEN = "open"


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
    seen = taken_preflight(wish, around, found_in_it)
    created = created_roles(wish, around, seen)
    own = () if wish.target is TargetKind.SWAP else own_checks(own_in(wish, around, ""))
    found = in_order((*checks(seen), *part_checks(found_in_it), *own, *new_role_checks(created)))
    steps = _steps(wish, around, found_in_it, plan_id, fetched=fetched, staged=staged)
    return planned(
        wish,
        around,
        plan_id=plan_id,
        now=now,
        checks=found,
        steps=(*role_steps(created), *steps),
        fetch_bytes=fetched,
        staged_bytes=staged,
        destroyed=_destroyed(wish, plan_id),
        undo=_undo(wish, plan_id),
        world=_world(wish, around, found),
    )


def taken_preflight(wish: RestoreWish, around: Surroundings, chosen: Taken) -> Planned:
    """What the checks before a restore of what is taken of the archive are made of."""
    artifacts = needed_artifacts(around.manifest, chosen.files)
    staged = sum(each.plain_bytes for each in artifacts)
    return preflight_of(
        wish, around, entries=chosen.entries, staged_bytes=staged, workers=around.workers
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

    seconds = around.earlier.seconds
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
    jobs = workers_for(chosen.entries, around.workers)
    command = f"{program} --dbname={dsn!r} --jobs={jobs}{owner}{listed} {archive}"
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
        _compared(chosen),
        ("ANALYZE", *(() if chosen.listed is None else (_dumping(around, name),))),
        seconds(VALIDATE, staged),
    )
    checked = around.earlier.seconds_if_any(AMCHECK, staged, beside=VALIDATE)
    yield from further_steps(around.further, around.programs, checked)
    if wish.target is TargetKind.SWAP:
        yield from _swap_steps(wish, around, plan_id)
        return
    yield Step(
        OPEN,
        f"Give {name} the settings, owner, rights and comment that the database had, and so open it"
        " for connections",
        own_in(wish, around, name).commands,
        seconds=0.0,
    )


def _compared(chosen: Taken) -> str:
    if chosen.listed is None:
        return (
            "Compare tables, rows, contents, sequences, definitions, extensions, owners and grants"
            " with the backup's fingerprint"
        )
    return (
        "Compare the chosen tables' columns, rows and contents, and their sequences, with the"
        " backup's fingerprint; and whatever came with them (indexes, constraints, triggers, views,"
        " owners, grants), as pg_dump tells it, with the archive"
    )


def _dumping(around: Surroundings, name: str) -> str:
    dsn = around.endpoint.with_database(name).conninfo()
    return f"{around.programs.bin / PG_DUMP} --dbname={dsn!r} --schema-only --format=custom"


def _swap_steps(wish: RestoreWish, around: Surroundings, plan_id: str) -> Iterator[Step]:
    live, incoming = wish.target_database, new_name(wish.target_database, plan_id)
    aside = before_name(live, plan_id)
    if around.live is None:
        return
    mark = proven(incoming, plan_id)
    given = (*giving(around.live, incoming, closed=mark), owned_by(around.live, incoming))
    exchanged = Exchange(live, incoming, aside, opening(around.live, live)).commands
    yield Step(
        SWAP,
        f"If nothing is different: give {incoming} the settings of {live}, close {live}, end its"
        f" sessions, and exchange the names; what is live now is kept, closed, as {aside}",
        (*(each.as_string() for each in given), *exchanged),
        around.earlier.seconds(SWAP) or 0.0,
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
    if around.live is not None:  # its number: another one may bear the name by now
        told["live database"] = f"{wish.target_database}, number {around.live.oid}"
    return told
