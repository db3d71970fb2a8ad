"""Restores for the command line and the screens: planned, started, followed, listed, undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.api.backup_names import meant_by, unknown_server
from core.api.jobs import Jobs
from core.api.opening import opened
from core.api.restore_approvals import take_approval
from core.api.who import me
from core.config.settings import Settings
from core.errors import ExitCode, RestoreError
from core.model.job import Job, JobKind, JobOrder, Progress
from core.model.restore import SCRATCH_SERVER, ChosenTable, RestorePlan, RestoreWish, TargetKind
from core.model.restore_operation import Aside, RestoreOperation, RestoreStatus
from core.restore.approval import approval_check, needs_approval
from core.restore.plan_file import read_plan, write_plan
from core.store.store import Store

if TYPE_CHECKING:
    from core.restore.undo import Undo, Undone

__all__ = [
    "RestoreRequest",
    "Restores",
    "UnknownRestoreError",
    "open_restores",
    "read_plan",
    "write_plan",
]

_LOOKED_THROUGH = 1_000
_ON_EVERY_SERVER = frozenset({"postgres", "template0", "template1"})


class UnknownRestoreError(RestoreError):
    """No restore, or more than one, is meant by what was given."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """What a person wants restored; what is empty is found: the only server, the newest backup.

    ``backup`` is an id, or its beginning or end. ``name`` is the new database's, or with ``swap``
    that of the live one that it takes the place of, with ``merge`` that of the live one into which
    tables go, ``dependents`` with what stood on them. ``scratch`` is a server started for it; with
    ``globals_only`` what is missing of roles and tablespaces is made.
    ``apply`` is the merge whose staged rows are to be merged, and all else is as it was there.
    """

    server: str = ""
    database: str = ""
    backup: str = ""
    repository: str = ""
    moment: datetime | None = None
    tables: tuple[ChosenTable, ...] = ()
    to_server: str = ""
    name: str = ""
    owners: bool = True
    schemas: tuple[str, ...] = ()
    rows: bool = True
    swap: bool = False
    merge: bool = False
    dependents: bool = False
    create_roles: bool = False
    scratch: bool = False
    apply: str = ""
    update: bool = False
    delete: bool = False
    globals_only: bool = False


class Restores:
    """The restores that one store knows, and the servers and repositories of one config."""

    def __init__(self, settings: Settings, store: Store, state_folder: Path) -> None:
        self._settings = settings
        self._store = store
        self._folder = state_folder

    def wish(self, request: RestoreRequest, *, now: datetime | None = None) -> RestoreWish:
        """What a request means.

        Raises:
            UnknownNameError: there is no such server or backup.
            RestoreError: it could mean more than one thing.
        """
        if request.apply:
            return self._second_step(request)
        server, database, backup_id = request.server, request.database, ""
        if request.backup:
            backup_id = meant_by(request.backup, self._store)
            if (entry := self._store.catalog.get(backup_id)) is not None:
                server, database = entry.server_id, entry.database
        server = server or self._only_server()
        database = database or self._only_database(server)
        target = _target(request)
        target_server = (
            SCRATCH_SERVER
            if target is TargetKind.SCRATCH
            else self._target_server(request.to_server or server)
        )
        usual = _usual_name(target, database, now or datetime.now(UTC))
        if target is TargetKind.GLOBALS:
            usual = target_server
        return RestoreWish(
            server_id=server,
            database=database,
            target=target,
            target_server=target_server,
            target_database=request.name or usual,
            moment=request.moment,
            backup_id=backup_id,
            repository=request.repository,
            tables=request.tables,
            owners=request.owners,
            schemas=request.schemas,
            rows=request.rows,
            dependents=request.dependents,
            create_roles=request.create_roles,
        )

    def plan(self, wish: RestoreWish) -> RestorePlan:
        """What a restore would do; nothing is touched.

        Raises:
            BackupError: no backup serves.
            RestoreError: the target can't be looked at.
            ConnectError: it can't be reached.
        """
        from core.backup.progress import SilentReporter
        from core.restore.planner import plan
        from core.restore.survey import surveyed
        from core.schedule.jobs import new_job_id

        now = datetime.now(UTC)
        with surveyed(
            wish, self._store, self._settings, state_folder=self._folder, reporter=SilentReporter()
        ) as found:
            made = plan(wish, found.around, plan_id=new_job_id(now), now=now)
        if needs_approval(wish, self._settings):
            return replace(made, checks=(*made.checks, approval_check(wish)))
        return made

    def start(self, agreed: RestorePlan) -> str:
        """Start a job that does a plan, in a process that outlives this one; gives its id.

        Raises:
            ApprovalNeededError: it waits for a second person now, or does so already.
            RestoreError: the plan says itself that it can't be done.
            StoreError: the store can't be written to.
            PgvigilError: the process could not be started.
        """
        from core.restore.job import PLAN, operation_of
        from core.schedule.jobs import start

        if stops := agreed.stops:
            raise RestoreError(
                "The restore can't be done as it is planned",
                why="; ".join(each.what for each in stops),
                remedy="; ".join(each.remedy for each in stops if each.remedy),
            )
        wish, document = agreed.wish, write_plan(agreed).decode()
        approved = take_approval(self._store, self._settings, agreed, document)
        order = JobOrder(JobKind.RESTORE, wish.server_id, me(), {PLAN: document} | approved)
        job_id = start(self._store, order, settings=self._settings, state_folder=self._folder)
        operation = operation_of(agreed, job_id, me(), datetime.now(UTC))
        self._store.restore_operations.announce(operation)
        told = {
            "backup": agreed.backup_id,
            "repository": agreed.repository,
            "plan": agreed.plan_id,
            **approved,
        }
        self._store.audit.append(me(), "restore", wish.where, told)
        return job_id

    def follow(self, job_id: str, show: Callable[[Progress], None]) -> Job:
        """Wait until a restore is over, showing how far it is; gives its job as it ended.

        Raises:
            UnknownJobError: there is no such job.
            StoreError: the store failed.
        """
        return Jobs(self._settings, self._store, self._folder).wait(job_id, show)

    def newest(self, count: int, servers: Sequence[str] = ()) -> tuple[RestoreOperation, ...]:
        """The newest restores, newest first; dead ones are found on the way.

        Raises:
            StoreError: the store failed.
        """
        Jobs(self._settings, self._store, self._folder).clear_dead()
        self._open_what_is_closed()
        return self._store.restore_operations.newest(count, servers)

    def find(self, given: str) -> RestoreOperation:
        """The restore whose id begins or ends with what was given; ``last``: the newest.

        Raises:
            UnknownRestoreError: there is none, or more than one.
            StoreError: the store failed.
        """
        listed = tuple(
            each
            for each in self.newest(_LOOKED_THROUGH)
            if each.status is not RestoreStatus.WAITING
        )
        if given == "last" and listed:
            return listed[0]
        ids = [each.operation_id for each in listed]
        meant = [
            each
            for each in listed
            if given and (each.operation_id.startswith(given) or each.operation_id.endswith(given))
        ]
        if given in ids:
            return listed[ids.index(given)]
        if len(meant) == 1:
            return meant[0]
        raise UnknownRestoreError(
            f"{'More than one' if meant else 'No'} restore is meant by {given!r}",
            why=f"{len(meant)} of the newest {len(listed)} have such an id",
            remedy="pgvigil restore list shows them",
        )

    def plan_undo(self, operation: RestoreOperation) -> Undo:
        """What undoing a restore would do.

        Raises:
            RestoreError: there is nothing to undo, or what is there is not what it made.
            ConnectError: the server can't be reached.
        """
        from core.restore.survey import endpoint_of
        from core.restore.undo import plan_undo

        if operation.target is TargetKind.SCRATCH:
            from core.restore.scratch.kept import plan_take_away

            return plan_take_away(operation)
        endpoint = endpoint_of(operation.target_server, self._settings)
        with endpoint.explaining():
            return plan_undo(operation, endpoint)

    def undo(self, operation: RestoreOperation) -> str:
        """Undo a restore; a sentence of what was done.

        Raises: as :meth:`plan_undo`.
        """
        from core.restore.right import restoring_alone

        server, target = operation.target_server, operation.target_database
        with restoring_alone(self._store, self._settings, server, target, me()):
            done = self._undone(operation)
        self._store.restore_operations.finish(
            operation.operation_id,
            datetime.now(UTC),
            RestoreStatus.UNDONE,
            undo="",
            aside=done.aside,
        )
        target = f"database {operation.target_database} on {operation.target_server}"
        self._store.audit.append(me(), "undo restore", target, {"restore": operation.operation_id})
        return done.what

    def _undone(self, operation: RestoreOperation) -> Undone:
        if operation.target is TargetKind.SCRATCH:
            from core.restore.scratch.kept import take_away

            return take_away(operation)
        from core.restore.survey import endpoint_of
        from core.restore.undo import undo

        endpoint = endpoint_of(operation.target_server, self._settings)
        operations = self._store.restore_operations
        if operation.aside is not None:
            live = Aside(operation.target_database, operation.target_oid or 0)
            operations.closing(operation.operation_id, live)
        with endpoint.explaining():
            done = undo(operation, endpoint)
        operations.open_again(operation.operation_id)
        return done

    def _open_what_is_closed(self) -> None:
        """After a swap, or its undo, that died in the middle; costs nothing where none did."""
        listed = self._store.restore_operations.newest(_LOOKED_THROUGH)
        if any(each.closing is not None for each in listed):
            from core.restore.swap.repair import repair_all

            repair_all(self._store, self._settings, me())

    def _second_step(self, request: RestoreRequest) -> RestoreWish:
        """The merge of rows that an earlier one staged."""
        first = self.find(request.apply)
        if first.target is not TargetKind.MERGE or first.status is not RestoreStatus.COMPLETED:
            raise RestoreError(
                f"Restore {first.operation_id} has nothing staged",
                why=f"it went by {first.target.value}, and is {first.status.value}",
                remedy="pgvigil restore plan --merge --table SCHEMA.NAME stages rows",
            )
        return RestoreWish(
            server_id=first.server_id,
            database=first.database,
            target=TargetKind.MERGE,
            target_server=self._target_server(first.target_server),
            target_database=first.target_database,
            backup_id=first.backup_id,
            repository=first.repository,
            staged_by=first.operation_id,
            update=request.update,
            delete=request.delete,
        )

    def _only_server(self) -> str:
        known = self._store.catalog.servers()
        if len(known) == 1:
            return known[0]
        raise RestoreError(
            "It is not clear of which server the backup shall be",
            why=f"there are backups of {', '.join(known) or 'none'}",
            remedy="name the server; pgvigil backup list shows them"
            if known
            else "pgvigil backup import asks the repositories what they hold",
        )

    def _only_database(self, server: str) -> str:
        known = sorted({each.database for each in self._store.catalog.entries(server)})
        if len(known) == 1:
            return known[0]
        if not known:
            raise unknown_server(
                server,
                self._store.catalog.servers(),
                who="there are backups of",
                remedy="pgvigil backup import asks the repositories what they hold",
            )
        raise RestoreError(
            "It is not clear which database shall be restored",
            why=f"there are backups of {', '.join(known)}",
            remedy="name it: --database NAME",
        )

    def _target_server(self, name: str) -> str:
        if name not in self._settings.servers:
            raise unknown_server(
                name,
                self._settings.servers,
                who="the config has",
                remedy="a restore goes to a server of the config: --to NAME",
            )
        return name


def _target(request: RestoreRequest) -> TargetKind:
    """The kind of target that is asked for.

    Raises:
        RestoreError: more than one is.
    """
    if request.swap and request.merge:
        raise RestoreError(
            "A restore is either swapped or merged",
            why="a swap puts a whole database into the live one's place; a merge, chosen tables",
            remedy="leave one of them out",
        )
    if request.globals_only:
        return _globals_alone(request)
    if request.scratch:
        if request.swap or request.merge or request.to_server:
            raise RestoreError(
                "A scratch server is one of its own: nothing is swapped or merged there",
                why="another server, a swap or a merge was asked for beside it",
                remedy="ask for one of them",
            )
        return TargetKind.SCRATCH
    if request.swap:
        return TargetKind.SWAP
    return TargetKind.MERGE if request.merge else TargetKind.BESIDE


def _globals_alone(request: RestoreRequest) -> TargetKind:
    asked = (request.swap, request.merge, request.scratch, request.tables, request.schemas)
    if any(asked) or request.name or not request.rows:
        raise RestoreError(
            "Roles and tablespaces belong to a server, and come back by themselves",
            why="something of a database was asked for beside them",
            remedy="leave it out, or plan it on its own",
        )
    return TargetKind.GLOBALS


def _usual_name(target: TargetKind, database: str, now: datetime) -> str:
    """On a scratch server a database keeps its name, if the server has none of that name itself."""
    is_new = target is TargetKind.BESIDE or (
        target is TargetKind.SCRATCH and database in _ON_EVERY_SERVER
    )
    return f"{database}_restored_{now:%Y%m%d_%H%M}" if is_new else database


@contextmanager
def open_restores(
    config: Path | None, state_folder: Path | None, *, settings: Settings | None = None
) -> Iterator[Restores]:
    """The restores of a config's store; it is made where there is none.

    Raises:
        ConfigError: the config can't be used.
        StoreError: the store can't be used.
    """
    with opened(config, state_folder, settings=settings) as its:
        yield Restores(its.settings, its.store, its.folder)
