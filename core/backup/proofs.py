"""Has repositories know what a restore has proven: hosts with stores of their own keep it, too."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime

from core.backup import layout
from core.backup.markers import write_restored
from core.backup.progress import JobReporter
from core.backup.repository.open import repository_named
from core.backup.repository.protocol import Repository
from core.backup.verify.problems import reason_of
from core.config.settings import Settings
from core.errors import CancelledError, PgvigilError, StoreError
from core.model.backup import BackupCopy, CatalogEntry, CopyState, VerificationLevel
from core.store.catalog import Catalog


def note_proof(
    catalog: Catalog,
    settings: Settings,
    backup_id: str,
    repository: str,
    *,
    now: datetime,
    reporter: JobReporter,
) -> None:
    """Note that a restore from the copy in ``repository`` has proven a backup, here and there.

    ``restored.json`` is written to each of its complete copies, first to this one. Where that fails
    it is noted, and tried again by the next verification or prune: what was restored was restored.

    Raises:
        StoreError: the catalog can't be used.
    """
    level = VerificationLevel.RESTORED
    catalog.record_copy(BackupCopy(backup_id, repository, CopyState.COMPLETE, level, now))
    entry = catalog.get(backup_id)
    if entry is None:
        return
    places = {each.repository for each in entry.copies if each.state is CopyState.COMPLETE}
    for name in sorted(places & set(settings.repositories), key=lambda name: name != repository):
        try:
            with closing(repository_named(name, settings.repositories)) as place:
                # What is gone meanwhile is not to have a folder again.
                if place.exists(layout.manifest_file(entry.server_id, backup_id)):
                    _tell(place, entry, now)
        except StoreError:
            raise
        except PgvigilError as error:
            reporter.note(_untold(name, backup_id, error))


def tell_proofs(
    catalog: Catalog,
    repositories: Sequence[Repository],
    server: str,
    *,
    now: datetime,
    reporter: JobReporter,
) -> None:
    """Write it to each complete copy of a proven backup that does not say so yet.

    The catalog is in line with these repositories. What can't be written is noted, and tried again
    by the next run.

    Raises:
        StoreError: the catalog can't be used.
        CancelledError: a person cancelled the job.
    """
    proven = [entry for entry in catalog.entries(server) if entry.was_restored]
    for repository in repositories:
        for entry in proven:
            reporter.check_cancelled()
            copies = [each for each in entry.copies if each.repository == repository.name]
            if not any(copy.state is CopyState.COMPLETE for copy in copies):
                continue
            try:
                _tell(repository, entry, now)
            except (StoreError, CancelledError):
                raise
            except PgvigilError as error:
                reporter.note(_untold(repository.name, entry.backup_id, error))


def _tell(repository: Repository, entry: CatalogEntry, now: datetime) -> None:
    if not repository.exists(layout.restored_file(entry.server_id, entry.backup_id)):
        write_restored(repository, entry.server_id, entry.backup_id, now)


def _untold(repository: str, backup_id: str, error: PgvigilError) -> str:
    told = f"that a restore has proven {backup_id} is not written there"
    return f"{repository}: {told}: {reason_of(error)}"
