"""Has repositories know what a restore has proven: hosts with stores of their own keep it, too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.backup import layout
from core.backup.markers import write_restored
from core.backup.progress import JobReporter
from core.backup.repository.protocol import Repository
from core.backup.verify.problems import reason_of
from core.errors import CancelledError, PgvigilError, StoreError
from core.model.backup import CopyState
from core.store.catalog import Catalog


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
                if not repository.exists(layout.restored_file(server, entry.backup_id)):
                    write_restored(repository, server, entry.backup_id, now)
            except (StoreError, CancelledError):
                raise
            except PgvigilError as error:
                told = f"that a restore has proven {entry.backup_id} is not written there"
                reporter.note(f"{repository.name}: {told}: {reason_of(error)}")
