"""Verifies copies, notes in the catalog what was found, and repairs what can be repaired."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.backup.catalog import bring_in_line
from core.backup.identity import put_right
from core.backup.keeping import keep_everywhere
from core.backup.keys.ring import OpeningKeys
from core.backup.missing import note_missing
from core.backup.progress import JobReporter
from core.backup.proofs import tell_proofs
from core.backup.recognised import claim_again, name_again
from core.backup.repository.protocol import Repository
from core.backup.unconfigured import unconfigured, why_left
from core.backup.verify.copy import CopyVerifier, Thoroughness
from core.backup.verify.findings import Findings
from core.backup.verify.outcome import VerifyOutcome
from core.backup.verify.plan import CopyOf, copies_in, plan_verification
from core.backup.verify.problems import UNSOUND, is_bad, is_refused, reason_of
from core.backup.verify.repairing import Repairing
from core.config.settings import Settings
from core.errors import (
    CancelledError,
    DamagedArtifactError,
    PgvigilError,
    RepositoryError,
    StoreError,
)
from core.model.backup import (
    BackupCopy,
    CatalogEntry,
    CopyState,
    VerificationLevel,
)
from core.store.store import Store

_NOT_GOOD = {CopyState.MISSING, CopyState.DAMAGED}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be verified: these ``backups``, or ``everything``; else what is due."""

    backups: frozenset[str] = frozenset()
    everything: bool = False


@dataclass
class Verification:
    """One run over the copies of one server.

    ``elsewhere`` gives repositories that are not verified, to repair from; ``None``: from no other.
    ``only_there`` are the repositories that a person named; empty: wherever copies are.
    ``lost_keys`` are the ids of keys that a person has given up: what only they open is brought
    under the key of a copy that can be opened.
    """

    store: Store
    settings: Settings
    server: str
    keys: OpeningKeys
    how: Thoroughness
    reporter: JobReporter
    now: Callable[[], datetime]
    who: str
    elsewhere: Callable[[str], Repository] | None = None
    only_there: Sequence[str] = ()
    lost_keys: frozenset[str] = frozenset()
    _found: Findings = field(init=False)

    def __post_init__(self) -> None:
        self._found = Findings(self.store.catalog, self.reporter, self.now)

    def run(self, repositories: Sequence[Repository], wanted: Wanted) -> VerifyOutcome:
        """Verify, then repair.

        Raises:
            StoreError: the catalog can't be read or written.
            CancelledError: a person cancelled the job; what was found so far is noted.
        """
        there = [each for each in repositories if self._bring_in_line(each)]
        catalog, server = self.store.catalog, self.server
        now = self.now()
        note_missing(there, catalog, self.keys, self.settings, server, now=now)
        keep_everywhere(self.store, there, server, who=self.who, reporter=self.reporter, now=now)
        tell_proofs(catalog, there, server, now=now, reporter=self.reporter)
        self._open_again(there, wanted.backups)
        for repository in there:
            self._verify(repository, wanted)
        self.repair(there, wanted.backups)
        self._tell_not_looked_at(wanted)
        return self.outcome()

    def _tell_not_looked_at(self, wanted: Wanted) -> None:
        """Say of what was asked for that nothing can be said of it, where it was not looked at.

        So also of what was only due: in a repository that is in no config nothing is ever read.
        """
        entries = self.store.catalog.entries(self.server)
        asked = [e for e in entries if not wanted.backups or e.backup_id in wanted.backups]
        looked_at = self._found.looked_at()
        left = unconfigured(self.settings, self.store.catalog, self.server)
        for entry in asked:
            for copy in entry.copies if not self.only_there else ():
                if copy.repository in left:
                    self._found.unknown(entry.backup_id, copy.repository, why_left(copy.repository))
                    looked_at.add(entry.backup_id)
            if entry.backup_id in wanted.backups and entry.backup_id not in looked_at:
                where = ", ".join(self.only_there) or "any repository"
                self._found.unknown(
                    entry.backup_id, where, "it was not looked at: no copy is there"
                )

    def outcome(self) -> VerifyOutcome:
        """What came of it so far."""
        return self._found.outcome()

    def repair(
        self, repositories: Sequence[Repository], backups: Iterable[str] = ()
    ) -> VerifyOutcome:
        """Write again what is missing or damaged in these, of these backups or of all.

        A copy that waits out its grace period is not, whatever becomes of the others.

        Raises:
            StoreError: the catalog can't be read or written.
            CancelledError: a person cancelled the job.
        """
        self._write_again(repositories, backups, lambda _, copy: copy.state in _NOT_GOOD)
        return self.outcome()

    def _open_again(self, repositories: Sequence[Repository], backups: Iterable[str]) -> None:
        """Bring copies that only lost keys open under the key of a copy that can be opened."""
        if not self.lost_keys:
            return

        def is_closed_for_good(entry: CatalogEntry, copy: BackupCopy) -> bool:
            return copy.is_closed and entry.key_of(copy) in self.lost_keys

        self._write_again(repositories, backups, is_closed_for_good)
        for repository in repositories:
            self._bring_in_line(repository)

    def _write_again(
        self,
        repositories: Sequence[Repository],
        backups: Iterable[str],
        is_meant: Callable[[CatalogEntry, BackupCopy], bool],
    ) -> None:
        only = frozenset(backups)
        by_name = {repository.name: repository for repository in repositories}
        repairing = Repairing(
            self.store,
            self.settings,
            self.server,
            self.keys,
            self.reporter,
            self.who,
            found=self._found,
            repositories=by_name,
            elsewhere=self.elsewhere,
            lost_keys=self.lost_keys,
        )
        for entry in self.store.catalog.entries(self.server):
            if only and entry.backup_id not in only:
                continue
            for copy in entry.copies:
                is_kept = copy.expired_at is None
                if is_kept and copy.repository in by_name and is_meant(entry, copy):
                    repairing.repair(entry, copy, _how_far(entry, self.how))

    def _bring_in_line(self, repository: Repository) -> bool:
        """Have the catalog know what is there; false where that can't be found out."""
        self.reporter.phase(f"list {repository.name}")
        try:
            try:
                self._look(repository)
            except DamagedArtifactError:
                self._put_identity_right(repository)
                self._look(repository)
        except (StoreError, CancelledError):
            raise
        except PgvigilError as error:
            self._found.unreachable.append((repository.name, reason_of(error)))
            return False
        return True

    def _look(self, repository: Repository) -> None:
        news = bring_in_line(
            repository,
            self.store.catalog,
            self.keys,
            server=self.server,
            configured=self.settings.repositories,
            reporter=self.reporter,
        )
        name_again(repository, self.store.catalog, self.server)
        if claim_again(repository, self.store.catalog, self.server):
            self.reporter.note(f"{repository.name}: whose it is was written anew")
        for backup_id, why in news.problems:
            if self.store.catalog.get(backup_id) is None:
                self._found.unknown(backup_id, repository.name, why)

    def _put_identity_right(self, repository: Repository) -> None:
        """Write anew whose the repository is, where the catalog knows that its backups are ours."""
        for entry in self.store.catalog.entries(self.server):
            for copy in entry.copies:
                if copy.repository == repository.name and copy.state is CopyState.COMPLETE:
                    noted = self.store.catalog.repository_ids.get(self.server, repository.name)
                    put_right(
                        repository,
                        self.server,
                        entry.system_identifier,
                        repository_id=noted or "",
                    )
                    self.reporter.note(f"{repository.name}: whose it is was written anew")
                    return

    def _verify(self, repository: Repository, wanted: Wanted) -> None:
        chosen = self._chosen(repository.name, wanted)
        verifier = CopyVerifier(repository, self.server, self.keys, self.reporter)
        self.reporter.phase(
            f"verify {repository.name}", sum(each.entry.sealed_bytes for each in chosen)
        )
        try:
            for each in chosen:
                self.reporter.check_cancelled()
                self._verify_copy(verifier, each, repository)
        except RepositoryError as error:
            self._found.unreachable.append((repository.name, reason_of(error)))
        finally:
            self._found.read_bytes += verifier.read_bytes

    def _chosen(self, repository: str, wanted: Wanted) -> tuple[CopyOf, ...]:
        copies = copies_in(self.store.catalog.entries(self.server), repository)
        there = [each for each in copies if each.copy.state is not CopyState.MISSING]
        if wanted.backups:
            return tuple(each for each in there if each.entry.backup_id in wanted.backups)
        if wanted.everything:
            return tuple(there)
        return plan_verification(there, self.settings.verify, self.now())

    def _verify_copy(self, verifier: CopyVerifier, of: CopyOf, place: Repository) -> None:
        """Verify one copy, and note what was found.

        Raises:
            RepositoryError: the repository can't be read any more.
        """
        entry, repository = of.entry, place.name
        catalog, backup_id = self.store.catalog, entry.backup_id
        try:
            _, level = verifier.verify(
                backup_id, catalog.manifest(backup_id), _how_far(entry, self.how)
            )
        except (StoreError, CancelledError):
            raise
        except PgvigilError as error:
            if is_bad(error, place):
                self._found.damaged(backup_id, repository, error)
                return
            if is_refused(error, place):
                self._found.refused(of.copy, error)
                return
            if isinstance(error, RepositoryError):
                raise
            self._found.unknown(backup_id, repository, reason_of(error))
        else:
            self._found.good(backup_id, repository, level)


def _how_far(entry: CatalogEntry, wanted: Thoroughness) -> Thoroughness:
    """As far as is wanted; what was found unsound is good again only when its parts fit."""
    if any(UNSOUND in copy.problem for copy in entry.copies):
        return replace(wanted, level=VerificationLevel.STRUCTURE)
    return wanted
