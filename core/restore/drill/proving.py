"""One backup restored on a scratch server and compared, for the sake of the proof alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import psycopg

from core.backup.dump.endpoint import Endpoint
from core.backup.staged_runs import clear_dead, state_in
from core.backup.staging import folder_of_state, staged
from core.config.settings import Settings
from core.errors import PgvigilError, RestoreError
from core.model.drill import Drill, DrillStatus
from core.model.restore import SCRATCH_SERVER, RestorePlan, RestoreWish, TargetKind
from core.restore.doing import Doing
from core.restore.drill.timed import TimedReporter
from core.restore.fetch import needed_artifacts
from core.restore.new_database import database_of, restored
from core.restore.planner import plan
from core.restore.scratch.kept import clear_dead as clear_dead_scratch
from core.restore.survey import Surveyed, surveyed
from core.restore.validate import AMCHECK, ASSERTION
from core.store.store import Store

CLEAN_UP = "clean up"
_SIZE = "SELECT pg_catalog.pg_database_size(%s)"
_PLAIN_NAME = "drill"

Noted = Callable[[Drill], None]
"""Writes a drill down as far as it has come."""


def prove(
    drill: Drill, store: Store, settings: Settings, reporter: TimedReporter, noted: Noted
) -> Drill:
    """Restore what ``drill`` names and compare it; gives the drill with all that was found.

    The server and everything that was unpacked is gone afterwards.

    Raises:
        RestoreError: something stops the restore, or it failed.
        BackupError: the backup can't be restored from.
        CancelledError: a person cancelled the job.
        StoreError: the store can't be used.
    """
    reporter.phase("prepare")
    for sentence in clear_dead_scratch(store, settings):
        reporter.note(sentence)
    wish = RestoreWish(
        server_id=drill.server_id,
        database=drill.database,
        target=TargetKind.SCRATCH,
        target_server=SCRATCH_SERVER,
        target_database=_PLAIN_NAME,
        backup_id=drill.backup_id,
        repository=drill.repository,
    )
    folder = folder_of_state(store)
    with surveyed(wish, store, settings, state_folder=folder, reporter=reporter) as found:
        for sentence in clear_dead(found.staging, settings, state_in(store)):
            reporter.note(sentence)
        planned = plan(wish, found.around, plan_id=drill.drill_id, now=datetime.now(UTC))
        drill = _planned(drill, planned, found)
        noted(drill)
        if stops := planned.stops:
            raise RestoreError(
                "The backup can't be restored on a scratch server",
                why="; ".join(each.what for each in stops),
                remedy="; ".join(each.remedy for each in stops if each.remedy),
            )
        exact = replace(wish, backup_id=drill.backup_id, repository=drill.repository)
        own = drill.drill_id
        with staged(found.staging, own) as staging:
            doing = Doing(exact, own, own, found, staging.dump, store, settings, reporter)
            drill = _restored(drill, doing, reporter)
    reporter.end()
    return replace(drill, phases=reporter.over)


def _planned(drill: Drill, planned: RestorePlan, found: Surveyed) -> Drill:
    scratch, around = found.scratch, found.around
    origin = scratch.origin if scratch else ""
    return replace(
        drill,
        backup_id=planned.backup_id,
        repository=planned.repository,
        snapshot_at=planned.snapshot_at,
        why=f"{drill.why}: {planned.why}" if drill.why else planned.why,
        passed_over=tuple(
            f"{each.backup_id}{f' in {each.repository}' if each.repository else ''}: {each.why}"
            for each in planned.passed_over
        ),
        server=f"PostgreSQL {scratch.version} {origin}" if scratch else "",
        checks=planned.checks,
        sealed_bytes=sum(e.sealed_bytes for e in needed_artifacts(around.manifest, None)),
        plain_bytes=planned.staged_bytes,
    )


def _restored(drill: Drill, doing: Doing, reporter: TimedReporter) -> Drill:
    new = database_of(doing, doing.wish.target_database)
    validation = restored(doing, new)
    reporter.phase(CLEAN_UP)
    seconds = sum(each.seconds for each in reporter.over)
    drill = replace(
        drill,
        rto_seconds=seconds,
        database_bytes=_size(new.endpoint, new.name),
        tables=validation.tables,
        rows=validation.rows,
        unhashed=validation.unhashed,
        differences=validation.differences,
        sound=validation.sound,
        unchecked=(*_unwanted(doing), *validation.unchecked),
        remedy=_remedy(validation.differences),
    )
    return replace(drill, status=_status(drill))


def _unwanted(doing: Doing) -> tuple[str, ...]:
    """What the config does not want looked at: a report must not read as if it had been."""
    if doing.found.around.further.amcheck:
        return ()
    return (f"{AMCHECK} was not run: the config says so ([restore] amcheck)",)


def _remedy(differences: Sequence[str]) -> str:
    """What to do about what is not as it should be; empty where nothing is."""
    if not differences:
        return ""
    if all(each.startswith(f"{ASSERTION} ") for each in differences):
        return (
            "ask the same of the live database: either its data is wrong, too, or the assertion is"
            " ([[restore.assert]] in the config); mend that, and do the drill once more"
        )
    return (
        "read each in pgvigil drill report; then take a full backup (pgvigil backup run), and drill"
        " that one"
    )


def _status(drill: Drill) -> DrillStatus:
    if drill.differences:
        return DrillStatus.FAILED
    return DrillStatus.MISSED if drill.missed else DrillStatus.PASSED


def _size(endpoint: Endpoint, database: str) -> int | None:
    try:
        with endpoint.connect_to_change() as connection:
            row = connection.execute(_SIZE, [database]).fetchone()
    except (PgvigilError, psycopg.Error):
        return None
    return int(row[0]) if row else None
