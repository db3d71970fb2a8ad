"""Where a backup can go now, and how the catalog knows where it went."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from core.backup.catalog import bring_in_line, entry_of
from core.backup.keys.ring import KeyRing
from core.backup.progress import JobReporter
from core.backup.recognised import claim_again, name_again
from core.backup.repository.open import repository_named
from core.backup.repository.protocol import Repository
from core.backup.result import TakenBackup
from core.config.repository_settings import RepositorySettings
from core.config.settings import Settings
from core.errors import BackupError, CancelledError, PgvigilError, StoreError
from core.model.backup import BackupCopy, CatalogEntry, CopyState, VerificationLevel
from core.store.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Looking:
    """What the catalog is brought in line with: one server's backups, opened with these keys."""

    catalog: Catalog
    ring: KeyRing
    server: str
    reporter: JobReporter


def usable(
    names: Sequence[str],
    settings: Settings,
    looking: Looking,
    stack: ExitStack,
    given_up: Collection[str] = (),
) -> tuple[list[Repository], tuple[tuple[str, PgvigilError], ...]]:
    """The repositories that can be reached, with the catalog in line; the others, and why.

    They are closed when ``stack`` is left. Those ``given_up`` are tried once, and not waited for.

    Raises:
        BackupError: none can be reached.
        StoreError: the catalog can't be used.
        CancelledError: a person cancelled the job.
    """
    found: list[Repository] = []
    problems: list[tuple[str, PgvigilError]] = []
    for name in names:
        try:
            configured = _impatient(settings) if name in given_up else settings.repositories
            repository = repository_named(name, configured, looking.reporter)
            stack.callback(repository.close)
            _look(repository, looking, settings.repositories)
            repository.clean_stale(repository.settings.stale_seconds)
        except (CancelledError, StoreError):
            raise
        except PgvigilError as error:
            problems.append((name, error))
        else:
            found.append(repository)
    if not found:
        first = problems[0][1]
        others = [f"{name}: {why.what}" for name, why in problems[1:]]
        raise BackupError(
            f"No repository can be used: {first.what}",
            why="; ".join(filter(None, [first.why, *others])),
            remedy=first.remedy,
        ) from first
    return found, tuple(problems)


def _impatient(settings: Settings) -> dict[str, RepositorySettings]:
    return {name: replace(each, retry_seconds=0) for name, each in settings.repositories.items()}


def entry_of_taken(
    taken: TakenBackup, ring: KeyRing, kept_because: str, verified_at: datetime
) -> CatalogEntry:
    """A backup that was just taken: its good copies sealed, the others missing."""
    backup_id = taken.manifest.backup_id
    key_id = ring.primary.key_id if ring.primary else ""
    copies = [
        BackupCopy(
            backup_id,
            name,
            CopyState.COMPLETE,
            VerificationLevel.SEALED,
            verified_at,
            key_id=key_id,
        )
        for name in taken.copies
    ]
    copies += [
        BackupCopy(
            backup_id,
            name,
            CopyState.MISSING,
            VerificationLevel.NONE,
            None,
            f"{error.what}: {error.why}" if error.why else error.what,
        )
        for name, error in taken.problems
    ]
    return replace(entry_of(taken.manifest, key_id, tuple(copies)), kept_because=kept_because)


def _look(
    repository: Repository, looking: Looking, configured: Mapping[str, RepositorySettings]
) -> None:
    news = bring_in_line(
        repository,
        looking.catalog,
        looking.ring,
        server=looking.server,
        configured=configured,
        reporter=looking.reporter,
    )
    name_again(repository, looking.catalog, looking.server)
    if claim_again(repository, looking.catalog, looking.server):
        looking.reporter.note(f"{repository.name}: whose it is was written anew")
    for backup_id, why in news.problems:
        looking.reporter.note(f"{repository.name}: {backup_id} can't be used: {why}")
