"""The other repositories of a server's backups, looked at in the same run that destroys in one."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field

from core.backup.catalog import bring_in_line
from core.backup.keys.ring import OpeningKeys
from core.backup.opening import cared_for
from core.backup.progress import JobReporter
from core.backup.repository.open import repository_named
from core.backup.verify.problems import reason_of
from core.config.settings import Settings
from core.errors import CancelledError, PgvigilError, StoreError
from core.store.store import Store


@dataclass
class Others:
    """What the catalog says of other repositories may be old: it is brought in line, once a run.

    A copy that has gone meanwhile, or that is kept there again, is no reason to destroy another.
    """

    store: Store
    settings: Settings
    server: str
    keys: OpeningKeys
    reporter: JobReporter
    _unseen: dict[str, str] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def look(self, besides: str = "") -> frozenset[str]:
        """Look at all but ``besides`` that were not tried yet; gives those seen in this run.

        Raises:
            BackupError: the config has no repository.
            StoreError: the catalog can't be used.
            CancelledError: a person cancelled the job.
        """
        for name in cared_for(self.settings, self.store.catalog):
            if name == besides or name in self._seen or name in self._unseen:
                continue
            try:
                self._bring_in_line(name)
            except (StoreError, CancelledError):
                raise
            except PgvigilError as error:
                self._unseen[name] = reason_of(error)
            else:
                self._seen.add(name)
        return frozenset(self._seen)

    def why_unseen(self, name: str) -> str:
        """Why a repository could not be looked at."""
        return self._unseen.get(name, "nobody has looked there")

    def _bring_in_line(self, name: str) -> None:
        repositories = self.settings.repositories
        with closing(repository_named(name, repositories, self.reporter)) as repository:
            bring_in_line(
                repository,
                self.store.catalog,
                self.keys,
                server=self.server,
                configured=repositories,
                reporter=self.reporter,
            )
