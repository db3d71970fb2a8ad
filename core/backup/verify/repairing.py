"""Writes again what a verification found missing or damaged, from wherever a good copy is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.backup.changing import changing
from core.backup.keys.ring import OpeningKeys
from core.backup.progress import JobReporter
from core.backup.repair import repair_copy
from core.backup.repository.problems import RepositoryPathError
from core.backup.repository.protocol import Repository
from core.backup.verify.copy import Thoroughness
from core.backup.verify.findings import Findings
from core.backup.verify.outcome import CopyResult
from core.backup.verify.problems import reason_of
from core.config.settings import Settings
from core.errors import CancelledError, PgvigilError, RepositoryError, StoreError
from core.model.backup import BackupCopy, CatalogEntry, CopyState, VerificationLevel
from core.store.store import Store


@dataclass(frozen=True)
class Repairing:
    """The repair of one server's copies in ``repositories``, by name.

    ``elsewhere`` gives others, to repair from; ``None``: from no other. What only ``lost_keys``
    open is written again, too.
    """

    store: Store
    settings: Settings
    server: str
    keys: OpeningKeys
    reporter: JobReporter
    who: str
    found: Findings
    repositories: Mapping[str, Repository]
    elsewhere: Callable[[str], Repository] | None
    lost_keys: frozenset[str] = frozenset()

    def repair(self, entry: CatalogEntry, copy: BackupCopy, how: Thoroughness) -> None:
        """Write a copy again from the first good one that serves, and look at it ``how`` far.

        Raises:
            StoreError: the catalog can't be read or written.
            CancelledError: a person cancelled the job.
        """
        bad = self.repositories[copy.repository]
        why = "there is no copy that is good"
        for name in _good_copies(entry, bad.name):
            try:
                good = self.repositories.get(name) or self._from_elsewhere(name)
                self._write_again(entry, good, bad, how)
            except (StoreError, CancelledError):
                raise
            except PgvigilError as error:
                why = _why_not(error)
                self.reporter.note(f"{bad.name}: {entry.backup_id} is not repaired: {why}")
            else:
                return
        problem = f"{copy.problem or copy.state.value}; not repaired: {why}"
        lost = CopyResult(entry.backup_id, bad.name, VerificationLevel.NONE, problem)
        self.found.lost.append(lost)

    def _from_elsewhere(self, name: str) -> Repository:
        """A repository that is not verified itself, and has a copy that should be good.

        Raises:
            RepositoryError: it can't be had.
        """
        unreachable = dict(self.found.unreachable)
        if self.elsewhere is None or name in unreachable:
            raise RepositoryError(
                f"The good copy is in {name}",
                why=unreachable.get(name, "which takes no part in this"),
            )
        return self.elsewhere(name)

    def _write_again(
        self, entry: CatalogEntry, good: Repository, bad: Repository, how: Thoroughness
    ) -> None:
        leases, seconds = self.store.leases, self.settings.backup.lease_seconds
        with changing(leases, bad.name, who=self.who, now=self.found.now(), seconds=seconds):
            done = repair_copy(
                entry.backup_id,
                self.server,
                good=good,
                bad=bad,
                keys=self.keys,
                how=how,
                reporter=self.reporter,
                who=self.who,
                known=self.store.catalog.manifest(entry.backup_id),
                lost_keys=self.lost_keys,
            )
        self.found.note_good(entry.backup_id, bad.name, done.level)
        self.found.repaired.append(done)
        self.store.audit.append(
            self.who,
            "repair backup",
            f"backup {entry.backup_id}",
            {
                "repository": bad.name,
                "from": good.name,
                "artifacts": str(done.artifacts),
                "bytes": str(done.written_bytes),
            },
        )
        self.reporter.note(f"{bad.name}: {entry.backup_id} was repaired from {good.name}")


def _why_not(error: PgvigilError) -> str:
    """Why a copy could not be repaired; with what to do, where something stands in the way."""
    below: BaseException | None = error
    while below is not None:
        if isinstance(below, RepositoryPathError):
            return f"{reason_of(error)}: {below.remedy}"
        below = below.__cause__
    return reason_of(error)


def _good_copies(entry: CatalogEntry, besides: str) -> list[str]:
    """Where a good copy should be, what is kept first, and of that what was verified furthest."""
    complete = [
        copy
        for copy in entry.copies
        if copy.state is CopyState.COMPLETE and copy.repository != besides
    ]
    complete.sort(key=lambda copy: (copy.expired_at is not None, -copy.level))
    return [each.repository for each in complete]
