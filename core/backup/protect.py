"""Keeps a backup because a person wants it, whatever the policy says; and lets it go again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from core.backup.keeping import keep
from core.backup.markers import Protection, clear_protection
from core.backup.opening import opened
from core.backup.repository.protocol import Deletion, Repository
from core.backup.verify.problems import reason_of
from core.config.settings import Settings
from core.errors import BackupError, PgvigilError, StoreError
from core.model.backup import CatalogEntry, CopyState
from core.store.store import Store


@dataclass(frozen=True, slots=True)
class ProtectOutcome:
    """In which repositories it stands now, and in which it could not be written, and why."""

    backup_id: str
    done: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]


def protect(
    store: Store,
    settings: Settings,
    backup_id: str,
    reason: str,
    *,
    who: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> ProtectOutcome:
    """Keep a backup, and with it what it needs, in each repository that has a copy.

    It stands in the repositories themselves, so that other hosts keep it too.

    Raises:
        BackupError: there is no such backup (any more), or it could be written nowhere.
        StoreError: the store can't be used.
    """
    entry = _entry(store, backup_id)
    protection = Protection(reason, who, now())

    def write(repository: Repository) -> None:
        keep(repository, entry.server_id, backup_id, protection, protection.at)

    outcome = _everywhere(settings, entry, write)
    store.catalog.protect(backup_id, reason)
    store.audit.append(who, "protect backup", f"backup {backup_id}", {"reason": reason})
    return outcome


def unprotect(store: Store, settings: Settings, backup_id: str, *, who: str) -> ProtectOutcome:
    """Let the policy decide about a backup again.

    Raises:
        BackupError: there is no such backup, or it could be taken back nowhere.
        StoreError: the store can't be used.
    """
    entry = _entry(store, backup_id)

    def clear(repository: Repository) -> None:
        _check(clear_protection(repository, entry.server_id, backup_id))

    outcome = _everywhere(settings, entry, clear)
    if not outcome.problems:
        store.catalog.unprotect(backup_id)
    store.audit.append(who, "unprotect backup", f"backup {backup_id}", {})
    return outcome


def _entry(store: Store, backup_id: str) -> CatalogEntry:
    entry = store.catalog.get(backup_id)
    if entry is None:
        raise BackupError(
            f"There is no backup {backup_id}",
            why="the catalog does not know it",
            remedy="pgvigil backup list shows them; pgvigil backup import looks for others",
        )
    return entry


def _everywhere(
    settings: Settings, entry: CatalogEntry, act: Callable[[Repository], None]
) -> ProtectOutcome:
    names = [copy.repository for copy in entry.copies if copy.state is not CopyState.MISSING]
    done: list[str] = []
    remedy = ""
    with opened(settings, names) as (repositories, closed):
        problems = [(name, reason_of(error)) for name, error in closed]
        for repository in repositories:
            try:
                act(repository)
            except StoreError:
                raise
            except PgvigilError as error:
                problems.append((repository.name, reason_of(error)))
                remedy = remedy or error.remedy
            else:
                done.append(repository.name)
    if not done:
        raise BackupError(
            f"Nothing was changed for backup {entry.backup_id}",
            why="; ".join(f"{name}: {why}" for name, why in problems) or "it has no copy",
            remedy=remedy
            or "pgvigil backup verify says what is left of it; a repository that failed has to be"
            " reached and written to",
        )
    return ProtectOutcome(entry.backup_id, tuple(done), tuple(problems))


def _check(deleted: Deletion) -> None:
    if deleted.kept:
        raise BackupError(f"{deleted.kept[0].path} can't be taken away", why=deleted.kept[0].why)
