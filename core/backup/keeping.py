"""Has a repository keep a backup that is there; and has the others know what one of them keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.backup import layout
from core.backup.markers import (
    Protection,
    clear_expiry,
    clear_protection,
    destructions,
    read_protection,
    withdraw_destruction,
    write_protection,
)
from core.backup.progress import JobReporter
from core.backup.repository.protocol import Repository
from core.backup.verify.problems import reason_of
from core.errors import (
    BackupError,
    CancelledError,
    DamagedArtifactError,
    PgvigilError,
    StoreError,
)
from core.model.backup import CatalogEntry, CopyState
from core.store.store import Store

_THERE = frozenset({CopyState.COMPLETE, CopyState.DAMAGED})


def keep(
    repository: Repository, server: str, backup_id: str, protection: Protection, now: datetime
) -> None:
    """Have the repository say that a backup is kept, and no more that it has expired.

    Another host may be about to destroy the backup. It says so before it looks for the last time
    whether somebody keeps it, and here it is looked for that after it is said that somebody does:
    so that at least one of the two finds the other. docs/backup-operations.md has the argument.

    Raises:
        BackupError: the backup is not there any more, and neither is what was written; or somebody
            destroys it, who perhaps saw in time what was written, which stays; or ``protection``
            reads back otherwise, or the expiry can't be taken away.
        RepositoryError: the repository failed.
    """
    was_kept = repository.exists(layout.protected_file(server, backup_id))

    def check_there() -> None:
        needed = (layout.manifest_file(server, backup_id), layout.wraps_file(server, backup_id))
        gone = [path for path in needed if not repository.exists(path)]
        if not gone:
            return
        if not was_kept:
            clear_protection(repository, server, backup_id)
        raise BackupError(
            f"Backup {backup_id} is not in {repository.name} any more",
            why=f"{gone[0]} is not there",
            remedy="pgvigil backup verify says what is left of it, and repairs what it can",
        )

    write_protection(repository, server, backup_id, protection)
    if read_protection(repository, server, backup_id) != protection:
        raise BackupError("It reads back otherwise than it was written")
    check_there()
    _check_nobody_destroys(repository, server, backup_id, now)
    expiry = clear_expiry(repository, server, backup_id)
    if expiry.kept:
        raise BackupError(f"{expiry.kept[0].path} can't be taken away", why=expiry.kept[0].why)
    check_there()


def _check_nobody_destroys(
    repository: Repository, server: str, backup_id: str, now: datetime
) -> None:
    """Nothing, unless somebody has said that he destroys it; who said so long ago is dead."""
    alive = timedelta(seconds=repository.settings.stale_seconds)
    for each in destructions(repository, server, backup_id):
        if each.at + alive <= now:
            withdraw_destruction(repository, server, backup_id, each)
            continue
        raise BackupError(
            f"Backup {backup_id} is being destroyed in {repository.name}",
            why=f"{each.who} has begun to; perhaps the wish to keep it came in time, which"
            " stands there now",
            remedy="ask again in a moment: it is kept as soon as that succeeds",
        )


def keep_everywhere(
    store: Store,
    repositories: Sequence[Repository],
    server: str,
    *,
    who: str,
    reporter: JobReporter,
    now: datetime,
) -> None:
    """Write what one repository says of a backup's protection to each copy that lacks it.

    The catalog is in line with these repositories. What no repository says any more is not
    written: another host has released it. What can't be written is noted, and tried again by the
    next run.

    Raises:
        StoreError: the catalog can't be used.
        CancelledError: a person cancelled the job.
    """
    for entry in store.catalog.entries(server):
        if not entry.kept_because:
            continue
        reporter.check_cancelled()
        try:
            found, lacking = _marks(entry, repositories)
        except PgvigilError as error:
            reporter.note(f"whether {entry.backup_id} is kept can't be read: {reason_of(error)}")
            continue
        if found is None:
            continue
        for repository in lacking:
            try:
                keep(repository, server, entry.backup_id, found, now)
            except (StoreError, CancelledError):
                raise
            except PgvigilError as error:
                why = reason_of(error)
                reporter.note(f"{repository.name}: {entry.backup_id} is not kept there: {why}")
            else:
                store.catalog.protect(entry.backup_id, entry.kept_because)
                told = {"repository": repository.name, "reason": found.reason}
                store.audit.append(who, "protect backup", f"backup {entry.backup_id}", told)
                reporter.note(f"{repository.name}: {entry.backup_id} is kept there too")


def _marks(
    entry: CatalogEntry, repositories: Sequence[Repository]
) -> tuple[Protection | None, list[Repository]]:
    """The protection as one copy has it, and where a complete copy has none."""
    states = {copy.repository: copy.state for copy in entry.copies}
    found: Protection | None = None
    lacking: list[Repository] = []
    for repository in repositories:
        state = states.get(repository.name)
        if state not in _THERE:
            continue
        try:
            protection = read_protection(repository, entry.server_id, entry.backup_id)
        except DamagedArtifactError:
            continue  # it protects all the same, and says not why
        found = found or protection
        if protection is None and state is CopyState.COMPLETE:
            lacking.append(repository)
    return found, lacking
