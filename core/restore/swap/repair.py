"""What a swap left whose process died in the middle: the live database is opened again."""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import UTC, datetime

import psycopg

from core.config.settings import Settings
from core.errors import BackupError, PgvigilError
from core.model.restore_operation import Aside, RestoreOperation, RestoreStatus, Verdict
from core.restore import audited
from core.restore.right import restoring_alone
from core.restore.survey import endpoint_of
from core.restore.swap.exchange import reopen
from core.restore.target.create import connect_elsewhere
from core.store.store import Store

_LOOKED_THROUGH = 1_000
_NOW = "SELECT datname, datallowconn FROM pg_catalog.pg_database WHERE oid = %s"


def repair(store: Store, settings: Settings, operation: RestoreOperation) -> str:
    """Settle a swap, or its undo, that died with the live database closed; says what was found.

    Both names were given in one transaction. So either what was live still has the name: it is
    opened again. Or it does not: then all of it was done, and that is noted. Empty where nothing
    had been closed.

    Raises:
        StoreError: the store failed.
    """
    live = operation.closing
    if live is None:
        return ""
    try:
        name = _opened(settings, operation, live)
    except (PgvigilError, psycopg.Error) as error:
        what = error.what if isinstance(error, PgvigilError) else str(error).strip()
        return (
            f"database {live.name} may still be closed, and could not be opened ({what}): as a"
            f" superuser, ALTER DATABASE {_quoted(live.name)} ALLOW_CONNECTIONS true"
        )
    operations, known = store.restore_operations, operation.operation_id
    if not name or name == live.name:
        told = f"the database that was {live.name} is no more"
        if name:
            told = f"database {name} is open, and as it was"
        if operation.status is RestoreStatus.COMPLETED:
            operations.open_again(known)
        else:
            operations.not_exchanged(known)
            told += f"; what was restored stays beside it, until pgvigil restore undo {known}"
            _tell(store, operation, told)
        return told
    told = f"the names were exchanged before it died: what was {live.name} is {name}"
    if operation.status is RestoreStatus.COMPLETED:
        kept = Aside(name, live.oid)
        operations.finish(known, datetime.now(UTC), RestoreStatus.UNDONE, undo="", aside=kept)
    else:
        operations.finish(
            known,
            datetime.now(UTC),
            RestoreStatus.COMPLETED,
            problem=told,
            verdict=Verdict.PROVEN,
            undo=f"the names are exchanged back: {name} is {live.name} again",
        )
    operations.open_again(known)
    return told


def repair_all(store: Store, settings: Settings, who: str) -> tuple[str, ...]:
    """Open whatever dead swaps, or dead undos of them, left closed; a sentence for each.

    What somebody is at now is left alone.

    Raises:
        StoreError: the store failed.
    """
    told = []
    for each in store.restore_operations.newest(_LOOKED_THROUGH):
        if each.closing is None:
            continue
        with (
            suppress(BackupError),
            restoring_alone(store, settings, each.target_server, each.target_database, who),
        ):
            told.append(repair(store, settings, each))
            after = store.restore_operations.get(each.operation_id)
            if after is not None and after.closing is None:  # else each look would tell it again
                audited.repaired(store, each, told[-1], who)
    return tuple(told)


def _opened(settings: Settings, operation: RestoreOperation, live: Aside) -> str:
    """What the database is called that was live, open again where it still is; empty: gone."""
    endpoint = endpoint_of(operation.target_server, settings)
    with closing(connect_elsewhere(endpoint, live.name)) as connection:
        row = connection.execute(_NOW, [live.oid]).fetchone()
        if row is None:
            return ""
        name, is_open = str(row[0]), bool(row[1])
        if name == live.name and not is_open:
            reopen(connection, name)
        return name


def _tell(store: Store, operation: RestoreOperation, told: str) -> None:
    """How things stand, in place of a remedy that said that it was not known."""
    if operation.status.is_over and operation.completed_at is not None:
        store.restore_operations.finish(
            operation.operation_id,
            operation.completed_at,
            operation.status,
            problem=operation.problem,
            remedy=told,
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
