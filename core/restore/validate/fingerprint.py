"""Whether what was restored is what was backed up: both fingerprints, compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.snapshot import hold_snapshot
from core.backup.fingerprint import compare, take
from core.backup.fingerprint.compare import SCHEMA
from core.backup.progress import JobReporter
from core.model.backup import BackupKind, Manifest, TableName
from core.model.fingerprint import Fingerprint
from core.restore.archive.taken import Taken

VALIDATE = "validate"
_MAJOR = 10_000


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found: each difference in words, and how many tables and rows were compared.

    ``unhashed`` are tables whose content the backup's fingerprint does not have: their rows were
    counted only. ``unchecked`` is what was to be looked at besides, and was not, with why;
    ``sound`` what was, and is as it should be.
    """

    differences: tuple[str, ...]
    tables: int
    rows: int
    unhashed: int
    unchecked: tuple[str, ...] = ()
    sound: tuple[str, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Whether nothing is different."""
        return not self.differences

    @property
    def told(self) -> str:
        """What was compared and is as it was, in words."""
        if not self.tables:
            return "its definitions are as they were, and no rows came with them"
        return f"{self.tables:,} tables, {self.rows:,} rows as they were"


def validate(
    endpoint: Endpoint,
    manifest: Manifest,
    *,
    workers: int,
    reporter: JobReporter,
    chosen: Taken | None = None,
) -> Validation:
    """Have the restored database's statistics and fingerprint taken, and compare this one.

    Roles are the server's own affair: that one is missing is told by owners and grants. Of
    ``chosen`` tables and sequences each is compared; of definitions alone, these are.

    Raises:
        BackupError: something of the restored database could not be read.
        CancelledError: a person cancelled the job.
    """
    expected = _expected(manifest.fingerprint, chosen)
    wants_rows = chosen is None or chosen.tables is None or bool(expected.tables)
    reporter.phase(VALIDATE)
    with endpoint.explaining(), closing(endpoint.connect_to_change()) as connection:
        connection.execute("ANALYZE")
    with hold_snapshot(endpoint, manifest.selection) as held:
        found = take(
            held,
            seeds=expected.seeds,
            workers=workers,
            kind=manifest.kind if wants_rows else BackupKind.SCHEMA,
            selection=manifest.selection,
            reporter=reporter,
        )
    found = _expected(found, chosen)
    differences = compare(replace(expected, roles=()), replace(found, roles=()))
    versions = manifest.server_version // _MAJOR, endpoint.server_version // _MAJOR
    return Validation(
        tuple(told_with_versions(differences, *versions)),
        tables=len(expected.tables),
        rows=_rows(expected),
        unhashed=sum(not each.content for each in expected.tables),
    )


def told_with_versions(differences: Iterable[str], before: int, now: int) -> Iterator[str]:
    """The differences; that of definitions with both major versions, where these are not the same.

    PostgreSQL 15 lists triggers of partitions, published columns and ICU collations otherwise than
    14 does, for example.
    """
    for each in differences:
        if before != now and each.startswith(SCHEMA):
            yield (
                f"{each} (the backup is of PostgreSQL {before}, this is {now}, which may list equal"
                " definitions otherwise; restored on its own version they can be compared)"
            )
        else:
            yield each


def _expected(fingerprint: Fingerprint, chosen: Taken | None) -> Fingerprint:
    """What of a fingerprint is compared: all of it, or what was chosen."""
    if chosen is None or chosen.tables is None or chosen.sequences is None:
        return fingerprint
    narrowed = replace(
        fingerprint,
        tables=tuple(
            each
            for each in fingerprint.tables
            if TableName(each.schema, each.name) in chosen.tables
        ),
        sequences=tuple(
            each
            for each in fingerprint.sequences
            if TableName(each.schema, each.name) in chosen.sequences
        ),
        large_objects="",
    )
    if chosen.listed is None:
        return narrowed
    return replace(narrowed, schema="", privileges="", extensions=())


def _rows(fingerprint: Fingerprint) -> int:
    return sum(each.rows or 0 for each in fingerprint.tables)
