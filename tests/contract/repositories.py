"""The two kinds of repository: the same specifications hold for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from core.backup.repository.open import open_repository
from core.backup.repository.protocol import Repository
from core.config.repository_settings import RepositorySettings


@dataclass(frozen=True)
class Place:
    """Where a repository is: its settings, and the folder in which its files are in the end."""

    settings: RepositorySettings
    files: Path

    def everything(self) -> set[str]:
        """Every file that is there, also unfinished ones."""
        return {
            str(path.relative_to(self.files))
            for path in self.files.rglob("*")
            if path.is_file() and not path.is_symlink()
        }

    @contextmanager
    def opened(self, **changes: object) -> Iterator[Repository]:
        """The repository, with other settings where ``changes`` says so."""
        settings = replace(self.settings, **changes)  # type: ignore[arg-type]
        repository = open_repository("nightly", settings)
        try:
            yield repository
        finally:
            repository.close()


OpenRepository = Callable[[], Repository]


def small_folder(path: Path) -> Place:
    """A repository in a new folder."""
    path.mkdir(mode=0o700)
    return Place(RepositorySettings(kind="folder", path=str(path)), path)
