"""A merge as a job does it: all is authenticated before the live database is touched."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import psycopg

from core.backup.dump.endpoint import Connection
from core.model.restore_operation import Verdict
from core.restore.doing import Doing, Done
from core.restore.fetch import fetch, needed_artifacts
from core.restore.merge import journal, leftover
from core.restore.merge.missing import MadeTables, make_missing
from core.restore.merge.pick import Picked
from core.restore.merge.plan import keeps_owners, picked_of
from core.restore.merge.scripts import Scripts
from core.restore.merge.session import merging


def run_merge(doing: Doing) -> Done:
    """Bring the chosen tables back into the live database.

    Raises:
        DamagedArtifactError: the backup is not what it was; the server was not touched.
        RestoreError: the server refused, or a lock was not given; nothing was changed.
        CancelledError: a person cancelled the job; nothing was changed.
    """
    wish, around = doing.wish, doing.found.around
    picked = picked_of(wish, around)
    artifacts = needed_artifacts(around.manifest, picked.missing.files)
    fetched = fetch(doing.found.source, artifacts, doing.staging, doing.reporter)
    live = around.endpoint.with_database(wish.target_database)
    owners = keeps_owners(wish, around, picked)
    scripts = Scripts(fetched.archive, doing.staging, live, around.programs, owners)
    encoding = around.manifest.fingerprint.encoding
    kept = timedelta(days=doing.settings.restore.grace_days)
    with merging(live, encoding) as connection:
        for sentence in leftover.clear(doing.store, connection, kept):
            doing.reporter.note(sentence)
        journal.begin(connection, doing.operation_id)
        try:
            made = make_missing(
                connection,
                picked.missing,
                scripts,
                around.manifest,
                operation_id=doing.operation_id,
                reporter=doing.reporter,
            )
        except BaseException:
            _forget(connection, doing.operation_id)
            raise
    return _done(doing, picked, made)


def _forget(connection: Connection, operation_id: str) -> None:
    """Take the journal away of a merge that did nothing; else the next one to the server does."""
    with suppress(psycopg.Error):
        if journal.written_at(connection, operation_id) is None:
            journal.drop(connection, operation_id)


def _done(doing: Doing, picked: Picked, made: MadeTables) -> Done:
    names = ", ".join(
        f"{each.table.schema}.{each.table.name}"
        for each in doing.wish.tables
        if each not in picked.existing
    )
    where = f"{doing.wish.target_database} on {doing.wish.target_server}"
    return Done(
        f"{names} is back in {where}, {made.rows:,} rows as they were backed up",
        Verdict.DIFFERENCES if made.differences else Verdict.PROVEN,
        made.differences,
        undo=f"drop {names} again, as long as the rows are as they came back",
    )
