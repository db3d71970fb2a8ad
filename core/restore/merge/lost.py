"""Whether a merge is there whose connection was lost in the moment of its commit."""

from __future__ import annotations

import time
from typing import TypeVar

from core.errors import PgvigilError, RestoreError
from core.restore.doing import Doing
from core.restore.merge import journal
from core.restore.merge.session import LostAtCommitError, merging

T = TypeVar("T")

_AGAIN_SECONDS = 0.5


def noted_after_all(
    doing: Doing, lost: LostAtCommitError, journal_of: str, kind: str, entry: type[T]
) -> tuple[T, ...]:
    """What the transaction wrote down in a journal, which tells that it was committed.

    The server is waited for as long as for a lock.

    Raises:
        LostAtCommitError: the server does not answer: it is still not known.
        RestoreError: nothing of it is there.
    """
    live = doing.found.around.endpoint.with_database(doing.wish.target_database)
    until = time.monotonic() + doing.settings.dump.lock_wait_seconds
    doing.reporter.waiting("the server")
    while True:
        try:
            with merging(live) as connection:
                found = journal.settled(connection, journal_of, kind, entry)
            break
        except PgvigilError:
            if time.monotonic() >= until:
                raise lost from None
            time.sleep(_AGAIN_SECONDS)
    if not found:
        raise RestoreError(
            "The connection was lost, and the merge came to nothing",
            why=lost.why.partition(";")[0],
            remedy="nothing was changed; run the restore again",
        ) from lost
    doing.reporter.note(
        "the connection was lost at the commit; looked at again, all of it is there"
    )
    return found
