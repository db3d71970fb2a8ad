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


@contextmanager
def opened(
    settings: Settings, names: Sequence[str] = (), reporter: JobReporter = SILENT
) -> Iterator[tuple[tuple[Repository, ...], tuple[tuple[str, PgvigilError], ...]]]:
    """The repositories of these names, and those that can't be opened, with the reasons.

    None named: those that backups go to; where there are none of those either, all of the config.
    ``reporter`` hears when one of them must be waited for.

    Raises:
        BackupError: the config has no repository.
    """
    wanted = names or settings.backup.copies or tuple(settings.repositories)
    if not wanted:
        raise BackupError(
            "There is no repository",
            why="the config has no table [repositories.NAME]",
            remedy='add one, and name it: [backup] copies = ["NAME"]; docs/backup-repositories.md',
        )
    with ExitStack() as stack:
        repositories, problems = [], []
        for name in wanted:
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
