"""A swap undone: both names go back, and what was written meanwhile is kept, closed."""

from __future__ import annotations

from contextlib import closing

from core.backup.dump.endpoint import Endpoint
from core.errors import RestoreError
from core.model.restore_operation import Aside, RestoreOperation
from core.restore.swap.exchange import Exchange
from core.restore.swap.known import Numbers, exchange_known
from core.restore.swap.names import undone_name
from core.restore.target.create import connect_elsewhere
from core.restore.target.state import Connection

_NAMES = "SELECT oid, datname FROM pg_catalog.pg_database WHERE oid = ANY (%s)"


def names_back(operation: RestoreOperation, aside: Aside, endpoint: Endpoint) -> Exchange:
    """The exchange that undoes a swap, once both databases were found under their names.

    Raises:
        RestoreError: one of them is no more, or is called otherwise by now.
        ConnectError: the server can't be reached.
    """
    with closing(connect_elsewhere(endpoint, operation.target_database, aside.name)) as connection:
        return _names_back(operation, aside, connection)


def undo_swap(operation: RestoreOperation, aside: Aside, endpoint: Endpoint) -> Aside:
    """Exchange the names back; gives what was live until now, which is closed and kept.

    Raises:
        NotKnownError: the connection was lost, and the server does not say what came of it.
        RestoreError: it can't be; the live database is open under its name as before.
        ConnectError: the server can't be reached.
    """
    live = operation.target_database
    with closing(connect_elsewhere(endpoint, live, aside.name)) as connection:
        names = _names_back(operation, aside, connection)
        numbers = Numbers(live=operation.target_oid or 0, incoming=aside.oid)
        exchange_known(connection, endpoint, names, numbers)
    return Aside(names.aside, numbers.live)


def _names_back(operation: RestoreOperation, aside: Aside, connection: Connection) -> Exchange:
    live, oid = operation.target_database, operation.target_oid or 0
    found: dict[int, str] = {
        int(number): str(name)
        for number, name in connection.execute(_NAMES, [[oid, aside.oid]]).fetchall()
    }
    for number, name in ((oid, live), (aside.oid, aside.name)):
        if number not in found:
            raise _refused(operation, f"database {name} is no more")
        if found[number] != name:
            raise _refused(operation, f"database {name} is called {found[number]} by now")
    return Exchange(live, aside.name, undone_name(live, operation.operation_id))


def _refused(operation: RestoreOperation, why: str) -> RestoreError:
    return RestoreError(
        f"The swap {operation.operation_id} can't be undone",
        why=why,
        remedy="look at the server's databases (psql -l): somebody renamed or dropped them",
    )
