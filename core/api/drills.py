"""Drills for the command line and the screens: ordered, followed, listed, told as a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from core.api.backup_names import (
    ContradictionError,
    meant_by,
    require_of,
    unknown_database,
    unknown_server,
)
from core.api.jobs import Jobs
from core.api.opening import opened
from core.api.who import me
from core.config.settings import Settings
from core.errors import ExitCode, RestoreError
from core.model.backup import CatalogEntry
from core.model.backup_lack import WHOLE_KINDS
from core.model.drill import Drill, DrillKind, DrillPick
from core.model.job import Job, JobKind, JobOrder, Progress
from core.store.store import Store

__all__ = ["DrillRequest", "Drills", "UnknownDrillError", "open_drills"]

_LOOKED_THROUGH = 1_000


class UnknownDrillError(RestoreError):
    """No drill, or more than one, is meant by what was given."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class DrillRequest:
    """What a person wants proven; what is empty is found: the only server, the config's pick.

    ``backup`` is an id, or its beginning or end.
    """

    server: str = ""
    kind: DrillKind = DrillKind.RESTORE
    pick: DrillPick | None = None
    database: str = ""
    backup: str = ""


class Drills:
    """The drills that one store knows, and the backups and repositories of one config."""

    def __init__(self, settings: Settings, store: Store, state_folder: Path) -> None:
        self._settings = settings
        self._store = store
        self._folder = state_folder

    def start(self, request: DrillRequest) -> str:
        """Start a drill in a process that outlives this one; gives its job's id.

        Raises:
            UnknownNameError: there is no such server or backup, or none of that database.
            ContradictionError: the backup is of another server or database, or no drill's.
            RestoreError: it could mean more than one server.
            StoreError: the store can't be written to.
            PgvigilError: the process could not be started.
        """
        from core.restore.drill.job import BACKUP, DATABASE, KIND, PICK
        from core.schedule.jobs import start

        backup_id, server = "", request.server
        if request.backup:
            backup_id = meant_by(request.backup, self._store)
            if (entry := self._store.catalog.get(backup_id)) is not None:
                _require_fits(entry, request)
                server = entry.server_id
        server = self._server(server)
        if request.database and not backup_id:
            self._check_database(server, request.database)
        given = {
            KIND: request.kind.value,
            PICK: request.pick.value if request.pick else "",
            BACKUP: backup_id,
            DATABASE: request.database,
        }
        arguments = {name: value for name, value in given.items() if value}
        order = JobOrder(JobKind.DRILL, server, me(), arguments)
        return start(self._store, order, settings=self._settings, state_folder=self._folder)

    def follow(self, job_id: str, show: Callable[[Progress], None]) -> Job:
        """Wait until a drill is over, showing how far it is; gives its job as it ended.

        Raises:
            UnknownJobError: there is no such job.
            StoreError: the store failed.
        """
        return Jobs(self._settings, self._store, self._folder).wait(job_id, show)

    def newest(self, count: int, servers: Sequence[str] = ()) -> tuple[Drill, ...]:
        """The newest drills, newest first; dead ones are found on the way.

        Raises:
            StoreError: the store failed.
        """
        Jobs(self._settings, self._store, self._folder).clear_dead()
        return tuple(map(self._as_it_stands, self._store.drills.newest(count, servers)))

    def _as_it_stands(self, drill: Drill) -> Drill:
        """A guided one that is under way, with what people have done in it so far."""
        if drill.kind is not DrillKind.GUIDED or drill.status.is_over:
            return drill
        seen = self._store.guided_drills.get(drill.drill_id)
        return drill if seen is None else replace(drill, guided=seen.drill)

    def find(self, given: str) -> Drill:
        """The drill whose id begins or ends with what was given; ``last``: the newest.

        Raises:
            UnknownDrillError: there is none, or more than one.
            StoreError: the store failed.
        """
        listed = self.newest(_LOOKED_THROUGH)
        if given == "last" and listed:
            return listed[0]
        meant = [
            each
            for each in listed
            if given and (each.drill_id.startswith(given) or each.drill_id.endswith(given))
        ]
        exact = [each for each in meant if each.drill_id == given]
        if len(exact or meant) == 1:
            return (exact or meant)[0]
        raise UnknownDrillError(
            f"{'More than one' if meant else 'No'} drill is meant by {given!r}",
            why=f"{len(meant)} of the newest {len(listed)} have such an id",
            remedy="pgvigil drill list shows them; pgvigil drill run does one",
        )

    def broken_seal(self, drill: Drill) -> str:
        """Why a drill's record can't be trusted; empty where it is as it was when it ended.

        Raises:
            StoreError: the store failed.
        """
        from core.restore.drill.seal import broken_seal

        return broken_seal(drill, self._store)

    def markdown(self, drill: Drill) -> str:
        """The report of a drill, with what its seal is worth now.

        Raises:
            StoreError: the store failed.
        """
        from core.restore.drill.report import as_markdown, report_of

        return as_markdown(report_of(drill, self.broken_seal(drill)))

    def html(self, drill: Drill) -> str:
        """The same as one HTML document.

        Raises:
            StoreError: the store failed.
        """
        from core.restore.drill.report import as_html, report_of

        return as_html(report_of(drill, self.broken_seal(drill)))

    def _check_database(self, server: str, name: str) -> None:
        """Nothing, where there is a backup of it: a name that was mistyped is no failed drill."""
        known = {each.database for each in self._store.catalog.entries(server)}
        if name not in known:
            raise unknown_database(name, known, server)

    def _server(self, name: str) -> str:
        known = self._store.catalog.servers()
        if name in known:
            return name
        if name:
            raise unknown_server(
                name,
                known,
                who="there are backups of",
                remedy="pgvigil backup import asks the repositories what they hold",
            )
        if len(known) == 1:
            return known[0]
        raise RestoreError(
            "It is not clear of which server a backup shall be proven",
            why=f"there are backups of {', '.join(known) or 'none'}",
            remedy="name the server; pgvigil backup list shows them"
            if known
            else "pgvigil backup import asks the repositories what they hold",
        )


def _require_fits(entry: CatalogEntry, request: DrillRequest) -> None:
    """Nothing, where a drill can be done of just this backup."""
    other = "leave that out, or name another backup: pgvigil backup list"
    require_of(entry, request.server, request.database, remedy=other)
    if request.pick is not None:
        raise ContradictionError(
            "Either a backup is named, or one is picked",
            why=f"{entry.backup_id} was named, and the {request.pick.value} one asked for",
            remedy="leave --backup out, or --pick",
        )
    if request.kind is DrillKind.RESTORE and entry.kind not in WHOLE_KINDS:
        raise ContradictionError(
            f"Backup {entry.backup_id} proves nothing of a whole database",
            why=f"its kind is {entry.kind.value}",
            remedy="name a full or an incremental one: pgvigil backup list",
        )


@contextmanager
def open_drills(
    config: Path | None, state_folder: Path | None, *, settings: Settings | None = None
) -> Iterator[Drills]:
    """The drills of a config's store; it is made where there is none.

    Raises:
        ConfigError: the config can't be used.
        StoreError: the store can't be used.
    """
    with opened(config, state_folder, settings=settings) as its:
        yield Drills(its.settings, its.store, its.folder)
