"""What came of a backup: where it is, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import PgvigilError
from core.model.backup import Manifest


@dataclass(frozen=True, slots=True)
class TakenBackup:
    """A backup that exists: in the repositories ``copies``, and not in those of ``problems``."""

    manifest: Manifest
    copies: tuple[str, ...]
    problems: tuple[tuple[str, PgvigilError], ...] = ()


@dataclass(frozen=True, slots=True)
class BackupResult:
    """What came of one database: the backup, or why there is none.

    ``notes`` are what a person should know though the backup is good. ``seconds`` is what all of it
    took; 0 where there is no backup.
    """

    database: str
    taken: TakenBackup | None = None
    error: PgvigilError | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def sentence(self) -> str:
        """What came of it, in one sentence for a person."""
        if self.taken is None:
            return f"{self.database}: {_with_reason(self.error) if self.error else 'not begun'}"
        manifest, copies = self.taken.manifest, ", ".join(self.taken.copies)
        told = (
            f"{manifest.database}: {manifest.kind.value} backup {manifest.backup_id},"
            f" {manifest.sealed_bytes:,} bytes in {self.seconds:.0f} s, verified in {copies}"
        )
        problems = [f"no copy in {n}: {_with_reason(why)}" for n, why in self.taken.problems]
        warnings = [f"warning: {each}" for each in manifest.warnings]
        return "; ".join([told, *problems, *warnings, *self.notes])


def _with_reason(error: PgvigilError) -> str:
    return f"{error.what} ({error.why})" if error.why else error.what
