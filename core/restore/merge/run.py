"""A merge as a job does it: all is authenticated before the live database is touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg

from core.backup.dump.endpoint import Connection
from core.errors import RestoreError
from core.model.backup import TableName
from core.model.restore_operation import Verdict
from core.postgres.text import python_codec
from core.restore.archive.roles import Lacking
from core.restore.beside import do_without
from core.restore.doing import Doing, Done
from core.restore.fetch import fetch, needed_artifacts
from core.restore.merge import journal, leftover
from core.restore.merge.apply import Applied, Reviewed, apply
from core.restore.merge.foreign_keys import KeyNames
from core.restore.merge.lost import noted_after_all
from core.restore.merge.missing import MadeTables, make_missing
from core.restore.merge.pick import Picked
from core.restore.merge.plan import keeps_owners, picked_of, picked_preflight, undo_of
from core.restore.merge.plan_rows import MERGE
from core.restore.merge.proving import look_at_merged, way_back
from core.restore.merge.rows_diff import Difference, StagedRows, differences
from core.restore.merge.script import Actions
from core.restore.merge.scripts import Scripts
from core.restore.merge.session import LostAtCommitError, merging
from core.restore.merge.staging import STAGE, stage
from core.restore.new_roles import created_roles
from core.restore.preflight.roles import lacking
from core.restore.target.roles import create_roles
from core.restore.validate import Looked

Staged = list[tuple[StagedRows, Difference]]


def run_merge(doing: Doing) -> Done:
    """Bring chosen tables back into the live database, or merge rows that were staged before.

    Raises:
        DamagedArtifactError: the backup is not what it was; the server was not touched.
        RestoreError: the server refused, or a lock was not given; nothing was changed.
        CancelledError: a person cancelled the job; nothing was changed.
    """
    return _merge_rows(doing) if doing.wish.staged_by else _bring_back(doing)


def _bring_back(doing: Doing) -> Done:
    wish, around = doing.wish, doing.found.around
    picked = picked_of(wish, around)
    artifacts = needed_artifacts(around.manifest, picked.files)
    fetched = fetch(doing.found.source, artifacts, doing.staging, doing.reporter)
    live = around.endpoint.with_database(wish.target_database)
    owners = keeps_owners(wish, around, picked)
    roles = picked_preflight(wish, around, picked)
    do_without(lacking(roles), fetched.archive, around.manifest)
    scripts = Scripts(fetched.archive, doing.staging, live, around.programs, owners)
    kept = timedelta(days=doing.settings.restore.grace_days)
    with merging(live, around.manifest.fingerprint.encoding) as connection:
        for sentence in leftover.clear(doing.store, connection, kept, datetime.now(UTC)):
            doing.reporter.note(sentence)
        journal.begin(connection, doing.operation_id)
        try:
            refused = create_roles(connection, created_roles(wish, around, roles))
            staged = _stage(doing, picked, scripts, connection)
            made = _make(doing, picked, scripts, connection)
        except BaseException:
            _forget(connection, doing.operation_id)
            raise
    proof = Looked() if made is None else _looked_at(doing, picked)
    done = _done(doing, picked, staged, made, without=lacking(roles), proof=proof)
    if not refused:
        return done
    different = (*refused, *done.differences)
    return replace(done, verdict=Verdict.DIFFERENCES, differences=different)


def _looked_at(doing: Doing, picked: Picked) -> Looked:
    """What is wrong with the tables that are back, and with what the config says must be true."""
    there = picked.those_there
    back = [each for each in doing.wish.tables if each not in there]
    empty = frozenset(each.table for each in back if not (each.with_rows and doing.wish.rows))
    return look_at_merged(doing, [each.table for each in back], empty)


def _stage(doing: Doing, picked: Picked, scripts: Scripts, connection: Connection) -> Staged:
    """Put the rows of tables that are there beside them, and compare."""
    if not picked.existing:
        return []
    codec = python_codec(doing.found.around.manifest.fingerprint.encoding)
    schema = journal.schema_of(doing.operation_id)
    doing.reporter.phase(STAGE)
    found: Staged = []
    with connection.transaction():
        for number, table in enumerate(picked.existing, start=1):
            rows = table.staged(schema, number)
            stage(connection, table, rows, scripts, doing.reporter, codec=codec)
            found.append((rows, differences(connection, rows)))
        journal.note(connection, doing.operation_id, journal.STAGED, [each for each, _ in found])
    return found


def _make(
    doing: Doing, picked: Picked, scripts: Scripts, connection: Connection
) -> MadeTables | None:
    if not picked.missing.tables:
        return None
    try:
        return make_missing(
            connection,
            picked.missing,
            scripts,
            doing.found.around.manifest,
            operation_id=doing.operation_id,
            reporter=doing.reporter,
        )
    except LostAtCommitError as lost:
        return _made_after_all(doing, picked, lost)


def _made_after_all(doing: Doing, picked: Picked, lost: LostAtCommitError) -> MadeTables:
    """The tables that came back, as the live database tells."""
    own = doing.operation_id
    made = noted_after_all(doing, lost, own, journal.MADE, journal.Made)
    codec = python_codec(doing.found.around.manifest.fingerprint.encoding)
    keys = [KeyNames(each, codec).told for each in picked.missing.foreign_keys]
    return MadeTables(
        len(picked.missing.tables),
        sum(each.rows for each in made),
        tuple(f"{each} is not validated: the connection was lost after the merge" for each in keys),
    )


def _forget(connection: Connection, operation_id: str) -> None:
    """Take away what a merge that did not come to its end staged; made tables it has none.

    Where that is not to be done now, the next merge does it.
    """
    with suppress(psycopg.Error):
        if not journal.noted(connection, operation_id, journal.MADE, journal.Made):
            journal.drop(connection, operation_id)


def _done(
    doing: Doing,
    picked: Picked,
    staged: Staged,
    made: MadeTables | None,
    *,
    without: Lacking,
    proof: Looked,
) -> Done:
    where = f"{doing.wish.target_database} on {doing.wish.target_server}"
    told, different = [], list(made.differences) if made is not None else []
    if made is not None:
        different += _without_roles(without)
        there = picked.those_there
        names = ", ".join(
            f"{each.table.schema}.{each.table.name}"
            for each in doing.wish.tables
            if each not in there
        )
        told.append(f"{names} is back in {where}, {made.rows:,} rows as they were backed up")
    if staged:
        names = ", ".join(each.told for each, _ in staged)
        different += [
            f"table {each.told}: {found.told}" for each, found in staged if not found.is_none
        ]
        told.append(
            f"the backup's rows of {names} are staged in {where}; review and merge them:"
            f" pgvigil restore plan --apply {doing.operation_id}"
        )
    different += proof.differences
    told += way_back(doing.operation_id, proof)
    codec = python_codec(doing.found.around.manifest.fingerprint.encoding)
    return Done(
        "; ".join(told),
        Verdict.DIFFERENCES if different else Verdict.PROVEN,
        tuple(different),
        undo=undo_of(picked, codec),
        unchecked=proof.unchecked,
    )


def _without_roles(without: Lacking) -> Iterator[str]:
    for role in sorted(without.missing):
        yield f"role {role} is not on the server: what was granted to it is left out"
    for role in sorted(without.unowned):
        yield f"what belonged to {role} belongs to the role that restored it"


def _merge_rows(doing: Doing) -> Done:
    wish, around = doing.wish, doing.found.around
    reviewed = around.reviewed
    if reviewed is None or not reviewed.pairs:
        raise RestoreError(
            f"Nothing that {wish.staged_by} staged is there any more",
            remedy="stage it again: pgvigil restore plan --merge; nothing was changed",
        )
    doing.reporter.phase(MERGE)
    with merging(around.endpoint.with_database(wish.target_database)) as connection:
        left = _applied(doing, connection, reviewed)
    told = []
    for staged, found in reviewed.pairs:
        set_back = f", {found.changed:,} set back" if wish.update else ""
        deleted = f", {found.extra:,} deleted" if wish.delete else ""
        told.append(f"{staged.told}: {found.missing:,} rows came back{set_back}{deleted}")
    proof = look_at_merged(
        doing, [TableName(staged.schema, staged.name) for staged, _ in reviewed.pairs]
    )
    told += way_back(doing.operation_id, proof)
    different = (*left, *proof.differences)
    return Done(
        f"in {wish.target_database} on {wish.target_server}, {'; '.join(told)}",
        Verdict.DIFFERENCES if different else Verdict.PROVEN,
        different,
        undo="set every row back as it was, as long as nobody changed it since",
        unchecked=proof.unchecked,
    )


def _applied(doing: Doing, connection: Connection, reviewed: Reviewed) -> tuple[str, ...]:
    """Do the reviewed script; gives what is different all the same."""
    wish = doing.wish
    try:
        return apply(
            connection,
            reviewed,
            Actions(wish.update, wish.delete),
            staged_by=wish.staged_by,
            operation_id=doing.operation_id,
        )
    except LostAtCommitError as lost:
        noted_after_all(doing, lost, wish.staged_by, journal.APPLIED, Applied)
        return ()
