"""A swap as a job does it: restore beside, compare, and only what is equal takes the name."""

from __future__ import annotations

from contextlib import closing, suppress

import psycopg

from core.errors import RestoreError, StoreError
from core.model.restore_operation import Aside, Verdict
from core.restore.doing import Doing, Done
from core.restore.new_database import database_of, oid_of, restored
from core.restore.planner import SWAP
from core.restore.swap.exchange import Exchange, NotKnownError
from core.restore.swap.known import Numbers, exchange_known
from core.restore.swap.names import before_name, new_name
from core.restore.swap.properties import Properties, giving, opening, owned_by, read_properties
from core.restore.target.create import connect_elsewhere, proven, run_statements, unproven
from core.restore.used import writes
from core.restore.validate import Validation


def run_swap(doing: Doing) -> Done:
    """Restore beside the live database; where it is equal to the backup, exchange their names.

    Raises:
        RestoreError: it could not be restored, or the names not be exchanged: the live database
            is open under its name as before.
        BackupError, CancelledError: as ``restore_beside``.
    """
    wish, around = doing.wish, doing.found.around
    live, incoming = wish.target_database, new_name(wish.target_database, doing.plan_id)
    with closing(connect_elsewhere(around.endpoint, live, incoming)) as connection:
        before = read_properties(connection, live)
        if before is None:
            raise _gone(live)
        new = database_of(doing, incoming, tablespace=before.tablespace, closed=True)
        found = restored(doing, new)
        if not found.is_proven:
            mark = unproven(incoming, doing.operation_id)
            given = giving(before, incoming, closed=mark)
            opened = opening(before, incoming)
            run_statements(connection, incoming, (*given, owned_by(before, incoming), *opened))
            return Done(
                f"{live} is as it was: what was restored is not equal to the backup, and stays"
                f" beside it as {incoming}",
                Verdict.DIFFERENCES,
                found.differences,
                undo=f"drop the new database {incoming}; {live} was not touched",
                target_oid=oid_of(around.endpoint, incoming),
                unchecked=found.unchecked,
                writes=writes(around.endpoint, incoming),
            )
        doing.reporter.check_cancelled()
        doing.reporter.phase(SWAP)
        return _swapped(doing, connection, before, found)


def _swapped(
    doing: Doing,
    connection: psycopg.Connection[tuple[object, ...]],
    planned: Properties,
    found: Validation,
) -> Done:
    live = doing.wish.target_database
    incoming, aside = new_name(live, doing.plan_id), before_name(live, doing.plan_id)
    before = read_properties(connection, live)
    if before is None or before.oid != planned.oid:
        raise _gone(live)
    mark = proven(incoming, doing.operation_id)
    run_statements(
        connection,
        incoming,
        (*giving(before, incoming, closed=mark), owned_by(before, incoming)),
    )
    oid = oid_of(doing.found.around.endpoint, incoming)
    if oid is None:
        raise _gone(incoming)
    operations = doing.store.restore_operations
    operations.exchanging(doing.operation_id, Aside(live, before.oid), aside, oid)
    names = Exchange(live, incoming, aside, opening(before, live))
    endpoint, numbers = doing.found.around.endpoint, Numbers(before.oid, oid)
    try:
        seconds = exchange_known(connection, endpoint, names, numbers)
    except NotKnownError:
        raise  # what is written down lets whoever looks next settle it
    except RestoreError:
        with suppress(StoreError):
            operations.not_exchanged(doing.operation_id)
        raise
    return Done(
        f"backup {doing.wish.backup_id} is {live} on {doing.wish.target_server} now, proven:"
        f" {found.told}; nobody could connect for {seconds:.1f} s; what was there before is"
        f" {aside}, closed",
        Verdict.PROVEN,
        undo=f"the names are exchanged back: {aside} is {live} again",
        target_oid=oid,
        proves_the_backup=doing.wish.is_of_everything,
        aside=Aside(aside, before.oid),
        unchecked=found.unchecked,
    )


def _gone(live: str) -> RestoreError:
    return RestoreError(
        f"Database {live} is not there any more, or is another one",
        why="it was there when the plan was made: somebody dropped or renamed it since",
        remedy="restore it as a new database of that name: pgvigil restore plan --name",
    )
