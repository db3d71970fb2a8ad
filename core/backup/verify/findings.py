"""What a verification finds of copies: noted in the catalog at once, and told when it is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.backup.progress import JobReporter
from core.backup.repair import Repaired
from core.backup.verify.outcome import CopyResult, VerifyOutcome
from core.backup.verify.problems import reason_of
from core.errors import PgvigilError
from core.model.backup import CANT_BE_READ, BackupCopy, CopyState, VerificationLevel
from core.store.catalog import Catalog


@dataclass
class Findings:
    """What was found so far, of one server's copies."""

    catalog: Catalog
    reporter: JobReporter
    now: Callable[[], datetime]
    unreachable: list[tuple[str, str]] = field(default_factory=list)
    repaired: list[Repaired] = field(default_factory=list)
    lost: list[CopyResult] = field(default_factory=list)
    read_bytes: int = 0
    _copies: list[CopyResult] = field(default_factory=list)

    def outcome(self) -> VerifyOutcome:
        """All that was found."""
        return VerifyOutcome(
            tuple(self._copies),
            tuple(self.repaired),
            tuple(self.lost),
            tuple(self.unreachable),
            self.read_bytes,
        )

    def looked_at(self) -> set[str]:
        """The backups of which anything was found, or told."""
        told = {each.backup_id for each in (*self._copies, *self.lost)}
        return told.union(each.backup_id for each in self.repaired)

    def good(self, backup_id: str, repository: str, level: VerificationLevel) -> None:
        """It was read, and is good so far."""
        self.note_good(backup_id, repository, level)
        self._copies.append(CopyResult(backup_id, repository, level))

    def note_good(self, backup_id: str, repository: str, level: VerificationLevel) -> None:
        """Note in the catalog that a copy is good."""
        good = BackupCopy(backup_id, repository, CopyState.COMPLETE, level, self.now())
        self.catalog.record_copy(good)

    def damaged(self, backup_id: str, repository: str, error: PgvigilError) -> None:
        """It was read, and is bad."""
        level, problem = VerificationLevel.NONE, reason_of(error)
        self.catalog.record_copy(
            BackupCopy(backup_id, repository, CopyState.DAMAGED, level, self.now(), problem)
        )
        self.reporter.note(f"{repository}: {problem}")
        self._copies.append(CopyResult(backup_id, repository, level, problem))

    def refused(self, copy: BackupCopy, error: PgvigilError) -> None:
        """Nothing can be told of it now; what was known of it stays as it was."""
        problem = f"{CANT_BE_READ}{error.why or error.what}; do: {error.remedy}"
        if copy.state is CopyState.COMPLETE:
            self.catalog.record_copy(replace(copy, problem=problem))
        self.reporter.note(f"{copy.repository}: {copy.backup_id} {problem}")
        self.unknown(copy.backup_id, copy.repository, problem)

    def unknown(self, backup_id: str, repository: str, problem: str) -> None:
        """Whether it is good could not be found out."""
        level = VerificationLevel.NONE
        self._copies.append(CopyResult(backup_id, repository, level, problem, is_known=False))
