"""The repositories of a config, open for as long as a piece of work lasts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache

from core.backup.progress import SILENT, JobReporter
from core.backup.repository.open import repository_named
from core.backup.repository.protocol import Repository
from core.config.settings import Settings
from core.errors import BackupError, PgvigilError
from core.store.catalog import Catalog


def cared_for(settings: Settings, catalog: Catalog) -> tuple[str, ...]:
    """The repositories whose backups are verified and pruned where none is named.

    Those of the config that backups go to, and those that have copies all the same: a schedule or
    an order may have named them, or backups went there once. Where there is none of either, all.

    Raises:
        BackupError: the config has no repository.
        StoreError: the catalog can't be read.
    """
    with_copies = catalog.repositories()
    found = dict.fromkeys(
        (*settings.backup.copies, *(name for name in settings.repositories if name in with_copies))
    )
    if not found and not settings.repositories:
        raise BackupError(
            "There is no repository",
            why="the config has no table [repositories.NAME]",
            remedy='add one, and name it: [backup] copies = ["NAME"]; docs/backup-repositories.md',
        )
    return tuple(found or settings.repositories)


@contextmanager
def opened(
    settings: Settings, names: Sequence[str], reporter: JobReporter = SILENT
) -> Iterator[tuple[tuple[Repository, ...], tuple[tuple[str, PgvigilError], ...]]]:
    """The repositories of these names, and those that can't be opened, with the reasons.

    ``reporter`` hears when one of them must be waited for.
    """
    with ExitStack() as stack:
        repositories, problems = [], []
        for name in names:
            try:
                repository = repository_named(name, settings.repositories, reporter)
            except PgvigilError as error:
                problems.append((name, error))
            else:
                stack.callback(repository.close)
                repositories.append(repository)
        yield tuple(repositories), tuple(problems)


@contextmanager
def opened_when_needed(
    settings: Settings, reporter: JobReporter = SILENT
) -> Iterator[Callable[[str], Repository]]:
    """What gives a repository of the config by its name; it is opened the first time.

    Asked for one that the config does not have, or that can't be opened, it raises RepositoryError.
    """
    with ExitStack() as stack:

        @cache
        def opened_once(name: str) -> Repository:
            repository = repository_named(name, settings.repositories, reporter)
            stack.callback(repository.close)
            return repository

        yield opened_once


def listed(arguments: Mapping[str, str], name: str) -> tuple[str, ...]:
    """A list among a job's arguments, in JSON; empty where it is not there.

    Raises:
        BackupError: it is none.
    """
    text = arguments.get(name, "")
    try:
        found = json.loads(text) if text else []
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise BackupError(f"The job can't be done: its {name} are {text!r}", why="that is no list")
    return tuple(found)
