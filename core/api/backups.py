"""Backups for the command line and the screens: started, followed, listed, imported, exported."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.api.backup_names import UnknownNameError, check_repositories, check_servers, meant_by
from core.api.opening import opened
from core.api.who import me
from core.clock import SystemClock
from core.config.settings import Settings
from core.errors import BackupError, ConfigError, PgvigilError
from core.model.backup import CatalogEntry, CopyState, Manifest
from core.model.job import Job, JobKind, JobOrder, Progress
from core.store.attempt import AttemptOfJob
from core.store.store import Store

if TYPE_CHECKING:
    from core.api.backup_care import BackupCare
    from core.backup.catalog import CatalogNews

__all__ = ["AttemptOfJob", "BackupRequest", "Backups", "open_backups", "request_order"]

_CLOCKS_APART = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class BackupRequest:
    """What a person wants backed up; what is left out is as the config has it."""

    server_id: str
    kind: str = ""
    databases: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    keep: str = ""


def request_order(request: BackupRequest, who: str) -> JobOrder:
    """The order for a job that a request stands for."""
    listed = {
        "databases": request.databases,
        "schemas": request.schemas,
        "tables": request.tables,
        "copies": request.copies,
    }
    arguments = {name: json.dumps(values) for name, values in listed.items() if values}
    arguments |= {"kind": request.kind} if request.kind else {}
    arguments |= {"keep": request.keep} if request.keep else {}
    return JobOrder(JobKind.BACKUP, request.server_id, who, arguments)


class Backups:
    """The backups that one store knows, and the repositories of one config."""

    def __init__(self, settings: Settings, store: Store, state_folder: Path) -> None:
        self._settings = settings
        self._store = store
        self._state_folder = state_folder

    @property
    def care(self) -> BackupCare:
        """Verifying, pruning and protecting them."""
        from core.api.backup_care import BackupCare

        return BackupCare(self._settings, self._store, self._state_folder)

    @property
    def repositories(self) -> tuple[str, ...]:
        """The repositories of the config."""
        return tuple(self._settings.repositories)

    def start(self, request: BackupRequest) -> str:
        """Start a job in a process of its own, which outlives this one; gives its id.

        Its order names the kind also where that is the config's, for whoever sees the job.

        Raises:
            ConfigError: the request or the config can't be understood; nothing is started.
            StoreError: the store can't be written to.
            PgvigilError: the process could not be started.
        """
        from core.backup.ordered import asked_for, server_of
        from core.schedule.jobs import start

        check_repositories(request.copies, self._settings)
        order = request_order(request, me())
        kind = asked_for(order, self._settings).kind
        order = replace(order, arguments={**order.arguments, "kind": kind.value})
        server_of(self._settings, request.server_id)
        return start(self._store, order, settings=self._settings, state_folder=self._state_folder)

    def follow(self, job_id: str, show: Callable[[Progress], None]) -> Job:
        """Wait until a job is over, showing how far it is; gives it as it ended.

        Raises:
            UnknownJobError: there is no such job.
            StoreError: the store failed.
        """
        from core.api.jobs import Jobs

        return Jobs(self._settings, self._store, self._state_folder).wait(job_id, show)

    def attempts(self, job: Job) -> tuple[AttemptOfJob, ...]:
        """What became of each database of a job."""
        since = job.created_at - _CLOCKS_APART
        return self._store.backup_jobs.of_job(job.order.server_id, job.job_id, since)

    def entries(self, servers: Sequence[str] = ()) -> tuple[CatalogEntry, ...]:
        """The backups of some servers, or of all, oldest first.

        Raises:
            UnknownNameError: neither the config nor the catalog has one of the servers.
            StoreError: the store failed.
        """
        check_servers(servers, self._settings, self._store)
        entries = self._store.catalog.entries(servers[0] if len(servers) == 1 else None)
        return tuple(each for each in entries if not servers or each.server_id in servers)

    def find(self, backup_id: str) -> CatalogEntry:
        """The one backup whose id is, or begins or ends with, what was given.

        Raises:
            UnknownNameError: none is, or several are.
        """
        meant = meant_by(backup_id, self._store)
        found = self._store.catalog.get(meant)
        if found is None:
            raise UnknownNameError(f"Backup {meant} is there no more", why="it was just destroyed")
        return found

    def manifest(self, entry: CatalogEntry) -> Manifest:
        """A backup's manifest, from the catalog or the first copy that gives it.

        Raises:
            BackupError: no copy does.
        """
        from core.backup.keys.sources import load_opening_keys
        from core.backup.opened import read_manifest_of
        from core.backup.repository.open import repository_named

        known = self._store.catalog.manifest(entry.backup_id)
        if known is not None:
            return known
        keys = load_opening_keys(self._settings.encryption, self._settings.keys)
        failure: PgvigilError | None = None
        for name in _copies_of(entry):
            try:
                with closing(repository_named(name, self._settings.repositories)) as repository:
                    return read_manifest_of(repository, entry.server_id, entry.backup_id, keys)
            except PgvigilError as error:
                failure = failure or error
        raise failure or _no_copy(entry)

    def bring_in(self, repositories: Sequence[str] = ()) -> Iterator[CatalogNews]:
        """Have the catalog know what repositories hold (none named: all of the config).

        A copy that one of them should have and never had is in the catalog as missing then. One
        that is named counts from now on as the repository of its name, whatever was there before.

        Raises:
            ConfigError: the config has no such repository, or none at all.
            OtherRepositoryError: one was not named, and is not the repository of its name.
            RepositoryError: one can't be read.
            KeyMissingError: no key at all is at hand.
        """
        from core.backup.catalog import bring_in_line, servers_in
        from core.backup.keys.sources import load_opening_keys
        from core.backup.missing import note_missing
        from core.backup.progress import SilentReporter
        from core.backup.recognised import OtherRepositoryError, accept
        from core.backup.repository.open import repository_named

        check_repositories(repositories, self._settings)
        names = repositories or tuple(self._settings.repositories)
        if not names:
            raise ConfigError(
                "There is no repository to ask",
                why="the config has no table [repositories.NAME]",
                remedy="add one: docs/backup-repositories.md",
            )
        keys = load_opening_keys(self._settings.encryption, self._settings.keys)
        catalog, now = self._store.catalog, SystemClock().now()
        expected = self._settings.servers.keys() & catalog.servers()
        listed = []
        with ExitStack() as stack:
            for name in names:
                repository = repository_named(name, self._settings.repositories)
                listed.append(stack.enter_context(closing(repository)))
                look = partial(
                    bring_in_line,
                    repository,
                    catalog,
                    keys,
                    besides=expected,
                    configured=self._settings.repositories,
                    reporter=SilentReporter(),
                )
                try:
                    news = look()
                except OtherRepositoryError as error:
                    if name not in repositories:
                        raise
                    accept(repository, catalog, {*servers_in(repository), *expected})
                    why = {"why": error.why}
                    self._store.audit.append(me(), "accept repository", f"repository {name}", why)
                    news = look()
                yield news
            for server in catalog.servers():
                note_missing(listed, catalog, keys, self._settings, server, now=now)

    def export(self, entry: CatalogEntry, out: Path, repository: str = "") -> Path:
        """Write a backup out as pg_dump wrote it; from the first copy that gives all of it.

        Raises:
            BackupError: ``out`` can't be written, or there is no copy.
            DamagedArtifactError: no copy is good.
            KeyMissingError: the key is not at hand.
        """
        from core.backup.export import export_backup
        from core.backup.keys.sources import load_opening_keys
        from core.backup.opened import read_manifest_of
        from core.backup.progress import SilentReporter
        from core.backup.repository.open import repository_named
        from core.errors import DamagedArtifactError, KeyMissingError, RepositoryError

        keys = load_opening_keys(self._settings.encryption, self._settings.keys)
        failure: PgvigilError | None = None
        for name in [repository] if repository else _copies_of(entry):
            try:
                with closing(repository_named(name, self._settings.repositories)) as place:
                    manifest = read_manifest_of(place, entry.server_id, entry.backup_id, keys)
                    archive = export_backup(place, manifest, keys, out, SilentReporter())
            except (DamagedArtifactError, KeyMissingError, RepositoryError) as error:
                failure = failure or error
                continue
            details = {"repository": name, "to": str(out)}
            self._store.audit.append(me(), "export backup", f"backup {entry.backup_id}", details)
            return archive
        raise failure or _no_copy(entry)


@contextmanager
def open_backups(
    config: Path | None, state_folder: Path | None, *, settings: Settings | None = None
) -> Iterator[Backups]:
    """The backups of a config, or of ``settings``; the store is made where there is none.

    Raises:
        ConfigError: the config can't be used.
        StoreError: the store can't be used.
    """
    with opened(config, state_folder, settings=settings) as its:
        yield Backups(its.settings, its.store, its.folder)


def _copies_of(entry: CatalogEntry) -> list[str]:
    """Where it is, the best copy first."""
    there = [c for c in entry.copies if c.state in {CopyState.COMPLETE, CopyState.DAMAGED}]
    there.sort(key=lambda copy: (copy.state is not CopyState.COMPLETE, -copy.level))
    return [copy.repository for copy in there]


def _no_copy(entry: CatalogEntry) -> BackupError:
    return BackupError(
        f"There is no copy of backup {entry.backup_id}",
        why="every copy that the catalog knows is missing or expired",
        remedy="pgvigil backup import looks again",
    )
