"""After a backup: copies of earlier ones that are missing or damaged are written again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial

from core.backup.opening import opened, opened_when_needed
from core.backup.progress import JobReporter
from core.backup.repository.protocol import Repository
from core.backup.verify.job import verification_of
from core.config.settings import Settings
from core.errors import CancelledError, PgvigilError, RepositoryError
from core.model.backup import CopyState
from core.store.store import Store

_BAD = frozenset({CopyState.MISSING, CopyState.DAMAGED})


def mend(
    store: Store,
    settings: Settings,
    server: str,
    *,
    repositories: Collection[str],
    failed: Collection[str],
    fresh: Collection[str],
    who: str,
    reporter: JobReporter,
    now: Callable[[], datetime],
) -> tuple[str, ...]:
    """Repair what these repositories lack of earlier backups; gives what there is to be said.

    ``repositories`` are those that worked just now, ``failed`` those that did not. The good copy
    may be in any other one of the config. ``fresh`` are the backups that were taken just now: where
    one of those lacks a copy, its repository does not work. Nothing is raised: the backup that was
    asked for is there already.
    """
    try:
        broken = [
            entry.backup_id
            for entry in store.catalog.entries(server)
            if entry.backup_id not in fresh
            and any(
                copy.state in _BAD and copy.repository in repositories and copy.expired_at is None
                for copy in entry.copies
            )
        ]
        if not broken:
            return ()
        verification = verification_of(store, settings, server, who=who, reporter=reporter, now=now)
        with (
            opened(settings, tuple(repositories), reporter) as (there, _),
            opened_when_needed(settings, reporter) as elsewhere,
        ):
            verification.elsewhere = partial(_working, elsewhere, failed)
            outcome = verification.repair(there, broken)
    except CancelledError:
        return ("the repair of missing copies was cancelled; the next run goes on with it",)
    except PgvigilError as error:
        return (f"missing copies of earlier backups could not be repaired: {error.what}",)
    repaired = [f"repaired {each.backup_id} in {each.repository}" for each in outcome.repaired]
    lost = [
        f"{each.backup_id} still has no good copy in {each.repository}: {each.problem}"
        for each in outcome.lost
    ]
    return (*repaired, *lost)


def _working(
    elsewhere: Callable[[str], Repository], failed: Collection[str], name: str
) -> Repository:
    """A repository that takes no part in the run; one that has just failed is not tried again.

    Raises:
        RepositoryError: it can't be had.
    """
    if name in failed:
        raise RepositoryError(f"The good copy is in {name}", why="which did not work just now")
    return elsewhere(name)
