"""After a backup: copies of earlier ones that are missing or damaged are written again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from core.backup.opening import opened
from core.backup.progress import JobReporter
from core.backup.verify.job import verification_of
from core.config.settings import Settings
from core.errors import CancelledError, PgvigilError
from core.model.backup import CopyState
from core.store.store import Store

_BAD = frozenset({CopyState.MISSING, CopyState.DAMAGED})


def mend(
    store: Store,
    settings: Settings,
    server: str,
    *,
    repositories: Collection[str],
    fresh: Collection[str],
    who: str,
    reporter: JobReporter,
    now: Callable[[], datetime],
) -> tuple[str, ...]:
    """Repair what these repositories lack of earlier backups; gives what there is to be said.

    ``repositories`` are those that worked just now, ``fresh`` the backups that were taken just now:
    where one of those lacks a copy, its repository does not work. Nothing is raised: the backup
    that was asked for is there already.
    """
    broken = [
        entry.backup_id
        for entry in store.catalog.entries(server)
        if entry.backup_id not in fresh
        and entry.expired_at is None
        and any(copy.state in _BAD and copy.repository in repositories for copy in entry.copies)
    ]
    if not broken:
        return ()
    try:
        verification = verification_of(store, settings, server, who=who, reporter=reporter, now=now)
        with opened(settings, tuple(repositories), reporter) as (there, _):
            outcome = verification.repair(there, broken)
    except CancelledError:
        return ("the repair of missing copies was cancelled; the next run goes on with it",)
    except PgvigilError as error:
        return (f"missing copies could not be repaired: {error.what}",)
    repaired = [f"repaired {each.backup_id} in {each.repository}" for each in outcome.repaired]
    lost = [
        f"{each.backup_id} still has no good copy in {each.repository}: {each.problem}"
        for each in outcome.lost
    ]
    return (*repaired, *lost)
