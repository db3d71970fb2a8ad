"""Opens a repository by its settings."""

from __future__ import annotations

from collections.abc import Mapping

from core.backup.progress import SILENT, JobReporter
from core.backup.repository.folder.repository import FolderRepository
from core.backup.repository.protocol import Repository
from core.config.repository_settings import RepositorySettings
from core.errors import RepositoryError


def open_repository(
    name: str, settings: RepositorySettings, reporter: JobReporter = SILENT
) -> Repository:
    """The repository ``name``; nothing is asked of it yet. ``reporter`` hears when it must wait.

    Raises:
        RepositoryError: its credentials can't be had.
    """
    if settings.kind == "folder":
        return FolderRepository(name, settings)
    from core.backup.repository.s3.repository import S3Repository

    return S3Repository(name, settings, reporter)


def repository_named(
    name: str, repositories: Mapping[str, RepositorySettings], reporter: JobReporter = SILENT
) -> Repository:
    """The repository that the config has under ``name``; ``reporter`` hears when it must wait.

    Raises:
        RepositoryError: there is none of that name, or its credentials can't be had.
    """
    if name not in repositories:
        there = ", ".join(sorted(repositories)) or "none at all"
        raise RepositoryError(
            f"There is no repository {name!r}",
            why=f"the config has {there}",
            remedy=f"add [repositories.{name}] to the config; see docs/backup-repositories.md",
        )
    return open_repository(name, repositories[name], reporter)
