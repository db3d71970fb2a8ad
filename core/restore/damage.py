"""A copy that a restore finds damaged: told by name, and noted, so that the next takes another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from core.backup.repository.protocol import Repository
from core.backup.verify.problems import ArtifactProblem, DamagedCopyError, is_damage, reason_of
from core.errors import PgvigilError, StoreError
from core.model.backup import BackupCopy, CatalogEntry, CopyState, TableName, VerificationLevel
from core.store.catalog import Catalog

_UNTOUCHED = "no server was touched"


@contextmanager
def naming_what_is_read(
    repository: Repository, backup_id: str, name: str, table: TableName | None = None
) -> Iterator[None]:
    """Within, where one object of a backup is read, damage is told with its place.

    Raises:
        DamagedCopyError: the object is damaged or lost, and its repository answers otherwise; what
            has no identity, as a drill's private copy, is none.
    """
    try:
        yield
    except PgvigilError as error:
        if isinstance(error, DamagedCopyError) or not is_damage(error, repository):
            raise
        problem = ArtifactProblem(backup_id, name, reason_of(error), table)
        raise DamagedCopyError(backup_id, repository.name, [problem]) from error


@contextmanager
def noting_damage(catalog: Catalog) -> Iterator[None]:
    """Within, a copy that turns out damaged is noted as that, as a verification would.

    Raises:
        DamagedCopyError: it did; it says what serves instead.
    """
    try:
        yield
    except DamagedCopyError as error:
        error.remedy = _remedy(error, None)
        with suppress(StoreError):  # what is damaged is told all the same
            entry = catalog.get(error.backup_id)
            error.remedy = _remedy(error, entry)
            if entry is not None:
                _note(catalog, entry, error)
        raise


def _note(catalog: Catalog, entry: CatalogEntry, error: DamagedCopyError) -> None:
    """What was noted before, missing or expired as well, stays as it was."""
    for copy in entry.copies:
        if copy.repository == error.repository and copy.state is CopyState.COMPLETE:
            catalog.record_copy(
                BackupCopy(
                    entry.backup_id,
                    error.repository,
                    CopyState.DAMAGED,
                    VerificationLevel.NONE,
                    datetime.now(UTC),
                    reason_of(error),
                )
            )


def _remedy(error: DamagedCopyError, entry: CatalogEntry | None) -> str:
    others = [
        copy.repository
        for copy in (entry.copies if entry is not None else ())
        if copy.state is CopyState.COMPLETE and copy.repository != error.repository
    ]
    if others:
        return (
            f"plan it again: it takes the copy in {' or '.join(sorted(others))};"
            f" pgvigil backup verify repairs this one; {_UNTOUCHED}"
        )
    return (
        f"plan it again: it takes an older backup, where there is one; {_UNTOUCHED}. What is"
        f" whole of this one can still be had: pgvigil restore plan --backup {error.backup_id}"
        f" --from {error.repository} --table SCHEMA.NAME"
    )
