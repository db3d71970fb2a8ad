"""What a console asks of restores, and what it has done: each of it recorded.

Drafts and operations are read from the store. What a restore would do, what it did and how it is
undone is looked for on the servers and in the repositories, in a thread beside the screen's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.api.backup_detail import read_log
from core.api.launch import Launch
from core.clock import Clock
from core.engine.store_thread import StoreThread
from core.errors import PgvigilError, RestoreError
from core.model.backup import ArtifactRole, CatalogEntry, TableName
from core.model.job import JobLog
from core.model.recovery import BackupContents, RecoveryTimeline, TableToRestore
from core.model.restore import RestorePlan
from core.model.restore_draft import RestoreDraft
from core.model.restore_operation import RestoreOperation

if TYPE_CHECKING:
    from core.api.restores import Restores
    from core.store.store import Store

_COMPARED = 20
"""Backups whose tables are compared with the live ones: the newest."""
_LISTED = 20
_LOOKED_THROUGH = 200


@dataclass(frozen=True, slots=True)
class RestoreDetail:
    """A restore, what its job said, and the plan that it is done by, where that is known.

    Of one that waits for a second person ``is_agreed`` says whether there was one.
    """

    operation: RestoreOperation
    log: JobLog | None
    plan: RestorePlan | None
    is_agreed: bool = False


@dataclass(frozen=True, slots=True)
class PlannedUndo:
    """What undoing a restore would do: ``what`` in words, ``commands`` exactly.

    ``sessions`` are connected to ``database``, and end.
    """

    what: str
    database: str
    sessions: int
    commands: tuple[str, ...]


class RestoreDesk:
    """Restores of a console's servers; ``who`` is written into what it does.

    ``renew`` is told the server after each change, so that the next frame has it.
    """

    def __init__(
        self,
        launch: Launch,
        store: StoreThread,
        clock: Clock,
        who: str,
        renew: Callable[[str], None],
    ) -> None:
        self._launch = launch
        self._store = store
        self._clock = clock
        self._who = who
        self._renew = renew

    @property
    def servers(self) -> tuple[str, ...]:
        """The servers that a restore can go to."""
        return tuple(self._launch.settings.servers)

    # Drafts

    async def begin(self, server_id: str) -> RestoreDraft:
        """A draft in which nothing was answered; it is not written down yet."""
        from core.api.restore_wizard import begin
        from core.schedule.jobs import new_job_id
        from core.store.local import host_name

        now = self._clock.now()
        return begin(new_job_id(now), server_id, self._who, host_name(), now)

    async def drafts(self, server_id: str) -> tuple[RestoreDraft, ...]:
        """What people have begun to put together, newest first.

        Raises:
            StoreError: the store can't be read.
        """
        return await self._store.call(lambda store: store.restore_drafts.of(server_id, _LISTED))

    async def save(self, draft: RestoreDraft) -> RestoreDraft:
        """Write down what was answered, so that it outlives this console.

        Raises:
            RestoreError: another person goes on with it by now, or has put it aside.
            StoreError: the store can't be written to.
        """
        noted = replace(draft, updated_at=self._clock.now())
        saved = await self._store.call(lambda store: store.restore_drafts.save(noted))
        self._renew(draft.server_id)
        return saved

    async def take_over(self, draft: RestoreDraft) -> RestoreDraft:
        """Go on with a draft as it was written down last, whoever had it in hand.

        Raises:
            RestoreError: it was put aside meanwhile.
            StoreError: the store can't be used.
        """
        from core.store.local import host_name

        who, now = self._who, self._clock.now()

        def take(store: Store) -> RestoreDraft:
            newest = store.restore_drafts.get(draft.draft_id)
            if newest is None:
                raise RestoreError("This restore was put aside meanwhile", remedy="begin anew")
            mine = replace(newest, who=who, host=host_name(), updated_at=now)
            if newest.who != who:
                told = {"draft": draft.draft_id, "from": newest.who}
                store.audit.append(who, "take over a restore", draft.server_id, told)
            return store.restore_drafts.save(mine)

        taken = await self._store.call(take)
        self._renew(draft.server_id)
        return taken

    async def discard(self, draft: RestoreDraft) -> None:
        """Forget a draft; nothing of it was done.

        Raises:
            StoreError: the store can't be written to.
        """
        await self._store.call(lambda store: store.restore_drafts.discard(draft))
        self._renew(draft.server_id)

    # What can be restored

    async def timeline(self, server_id: str) -> RecoveryTimeline:
        """To which moments databases can be brought back, and what each has of what is gone.

        Raises:
            ConfigError: a key of the config can't be used.
            StoreError: the store can't be read.
        """
        settings, now = self._launch.settings, self._clock.now()

        def read(store: Store) -> RecoveryTimeline:
            from core.backup.keys.sources import load_opening_keys
            from core.restore.timeline import recovery_timeline

            entries = store.catalog.entries(server_id)
            keys = load_opening_keys(settings.encryption, settings.keys)
            openable = {entry.key_id for entry in entries} if keys.has_passphrases else set()
            found = recovery_timeline(
                entries,
                keys=keys.key_ids | openable,
                objective_seconds=settings.backup.objective_seconds,
                now=now,
            )
            return _compared(found, store, self._live_tables(server_id))

        return await self._store.aside(read)

    async def contents(self, server_id: str, backup_id: str) -> BackupContents:
        """What can be chosen of a backup.

        Raises:
            RestoreError: its tables are not known here.
            StoreError: the store can't be read.
        """

        def read(store: Store) -> BackupContents:
            entry = store.catalog.get(backup_id)
            live = None if entry is None else self._live_tables(server_id)(entry)
            known = None if isinstance(live, PgvigilError) else live
            return _contents(store, backup_id, known)

        return await self._store.aside(read)

    def _live_tables(
        self, server_id: str
    ) -> Callable[[CatalogEntry], frozenset[TableName] | PgvigilError]:
        """Gives the tables of the database that a backup is of, or why they can't be had."""
        settings = self._launch.settings
        known: dict[str, frozenset[TableName] | PgvigilError] = {}

        def read(database: str) -> frozenset[TableName] | PgvigilError:
            from core.restore.survey import endpoint_of
            from core.restore.target.tables import live_tables

            try:
                return live_tables(endpoint_of(server_id, settings).with_database(database))
            except PgvigilError as error:
                return error

        def of(entry: CatalogEntry) -> frozenset[TableName] | PgvigilError:
            if entry.database not in known:
                known[entry.database] = read(entry.database)
            return known[entry.database]

        return of

    # What is done

    async def plan(self, draft: RestoreDraft) -> RestorePlan:
        """What the draft's answers would do; nothing is touched.

        Raises:
            PgvigilError: it can't be planned; says why.
        """
        from core.api.restore_wizard import request_of

        request = request_of(draft)

        def plan(store: Store) -> RestorePlan:
            restores = self._restores(store)
            return restores.plan(restores.wish(request))

        return await self._store.aside(plan)

    async def start(self, draft: RestoreDraft, plan: RestorePlan) -> str:
        """Start what was planned, in a process that outlives this one; gives the restore's id.

        Raises:
            PgvigilError: it can't be done, or could not be started.
        """

        def begin(store: Store) -> str:
            restore_id = self._restores(store).start(plan)
            store.restore_drafts.discard(draft)
            return restore_id

        restore_id = await self._store.call(begin)
        self._renew(draft.server_id)
        return restore_id

    async def detail(self, operation_id: str) -> RestoreDetail | None:
        """One restore with its job and its plan; ``None`` where none has that id.

        Raises:
            StoreError: the store can't be read.
        """

        def read(store: Store) -> RestoreDetail | None:
            operation = store.restore_operations.get(operation_id)
            if operation is None:
                return _waiting(store, operation_id)
            log = read_log(store, operation_id)
            return RestoreDetail(operation, log, None if log is None else _plan_of(log))

        return await self._store.call(read)

    async def agree(self, operation: RestoreOperation) -> str:
        """Agree to a plan that waits for a second person; gives what to tell of it.

        Raises:
            RestoreError: who sits here has asked for it, or it does not wait any more.
            StoreError: the store failed.
        """

        def agree(store: Store) -> str:
            from core.api.restore_approvals import Approvals

            approvals = Approvals(store)
            approvals.approve(approvals.find(operation.operation_id))
            return f"You agreed; {operation.who} or another person begins it."

        told = await self._store.call(agree)
        self._renew(operation.server_id)
        return told

    async def begin_agreed(self, plan: RestorePlan) -> str:
        """Begin a plan that a second person has agreed to; gives the restore's id.

        Raises:
            PgvigilError: nobody has agreed, or it could not be started.
        """
        restore_id = await self._store.call(lambda store: self._restores(store).start(plan))
        self._renew(plan.wish.server_id)
        return restore_id

    async def plan_undo(self, operation: RestoreOperation) -> PlannedUndo:
        """What undoing a restore would do now.

        Raises:
            RestoreError: there is nothing to undo, or what is there is not what it made.
            ConnectError: the server can't be reached.
        """

        def plan(store: Store) -> PlannedUndo:
            found = self._restores(store).plan_undo(operation)
            return PlannedUndo(found.what, found.database, found.sessions, found.commands)

        return await self._store.aside(plan)

    async def undo(self, operation: RestoreOperation) -> str:
        """Undo a restore; gives what to tell of it.

        Raises: as :meth:`plan_undo`.
        """
        told = await self._store.aside(lambda store: self._restores(store).undo(operation))
        self._renew(operation.server_id)
        return told

    def _restores(self, store: Store) -> Restores:
        from core.api.restores import Restores

        return Restores(self._launch.settings, store, self._launch.state_folder)


def _waiting(store: Store, plan_id: str) -> RestoreDetail | None:
    """A plan that waits for a second person."""
    waits = store.restore_approvals.get(plan_id)
    listed = store.restore_operations.newest(_LOOKED_THROUGH)
    found = next((each for each in listed if each.operation_id == plan_id), None)
    if waits is None or found is None:
        return None
    return RestoreDetail(found, None, _read(waits.plan), waits.is_given)


def _plan_of(log: JobLog) -> RestorePlan | None:
    from core.restore.job import PLAN

    return _read(log.job.order.arguments.get(PLAN, ""))


def _read(plan: str) -> RestorePlan | None:
    from core.api.restores import read_plan

    try:
        return read_plan(plan.encode())
    except RestoreError:
        return None


def _compared(
    found: RecoveryTimeline,
    store: Store,
    live: Callable[[CatalogEntry], frozenset[TableName] | PgvigilError],
) -> RecoveryTimeline:
    """The newest of its points with what is gone of the live database since."""
    points, not_compared = list(found.points), ""
    for place, point in enumerate(points[:_COMPARED]):
        there = live(point.entry)
        if isinstance(there, PgvigilError):
            not_compared = f"{there.what}: {there.why}" if there.why else there.what
            continue
        manifest = store.catalog.manifest(point.entry.backup_id)
        if manifest is not None:
            had = {TableName(each.schema, each.name) for each in manifest.fingerprint.tables}
            gone = sorted(had - there, key=lambda each: (each.schema, each.name))
            points[place] = replace(point, gone=tuple(gone))
    return replace(found, points=tuple(points), not_compared=not_compared)


def _contents(store: Store, backup_id: str, live: frozenset[TableName] | None) -> BackupContents:
    manifest = store.catalog.manifest(backup_id)
    if manifest is None:
        raise RestoreError(
            f"What backup {backup_id} holds is not known here",
            why="the catalog has no copy of its manifest",
            remedy=f"choose everything, or: pgvigil restore plan --backup {backup_id} --table …",
        )
    sealed: dict[TableName, int] = {}
    for artifact in manifest.artifacts:
        if artifact.role is ArtifactRole.TABLE_DATA and artifact.table is not None:
            sealed[artifact.table] = sealed.get(artifact.table, 0) + artifact.sealed_bytes
    names = {TableName(e.schema, e.name): e.rows for e in manifest.fingerprint.tables}
    tables = tuple(
        TableToRestore(
            table, rows, sealed.get(table, 0), None if live is None else table not in live
        )
        for table, rows in sorted(names.items(), key=lambda each: (each[0].schema, each[0].name))
    )
    return BackupContents(backup_id, tables, sum(each.sealed_bytes for each in manifest.artifacts))
