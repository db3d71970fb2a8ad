"""What merged tables are looked at for after the merge: nothing that is found here undoes it."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import CancelledError, PgvigilError
from core.model.backup import TableName
from core.restore.doing import Doing
from core.restore.validate import Looked, amcheck_live, look_at_assertions, looked


def look_at_merged(
    doing: Doing, tables: Sequence[TableName], empty: frozenset[TableName] = frozenset()
) -> Looked:
    """What is not as it should be in the live database, which has the merged ``tables`` by now.

    The merge is there and stays, whatever happens meanwhile: what could not be looked at, also
    because a person cancelled the job, is a difference. ``empty`` came back without their rows.
    """
    around, reporter = doing.found.around, doing.reporter
    live = around.endpoint.with_database(doing.wish.target_database)
    found = Looked()
    try:
        if around.further.amcheck:
            checked = amcheck_live(live, around.programs, reporter, tables)
            found += looked(checked, reporter)
        found += look_at_assertions(live, around.further, reporter, empty)
    except CancelledError:
        told = "cancelled after the merge, before all was looked at: the merge stays"
        found += Looked((told,))
    except PgvigilError as error:
        why = f"{error.what}: {error.why}" if error.why else error.what
        found += Looked((f"not all could be looked at after the merge: {why}",))
    return found


def way_back(operation_id: str, found: Looked) -> tuple[str, ...]:
    """A sentence that names the undo, where something is not as it should be."""
    if not found.differences:
        return ()
    return (
        "it stays as it is, though not all is as it should be; the way back:"
        f" pgvigil restore undo {operation_id}",
    )
