"""What a console asks of restores, and what it has done: each of it recorded.

Drafts and operations are read from the store. What a restore would do, what it did and how it is
undone is looked for on the servers and in the repositories, in a thread beside the screen's.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.api.desk import Desk
from core.api.restorable import contents_of, timeline_of
from core.api.restore_detail import RestoreDetail, read_restore
from core.errors import RestoreError
from core.model.recovery import BackupContents, RecoveryTimeline
from core.model.restore import RestorePlan
from core.model.restore_draft import RestoreDraft
from core.model.restore_operation import RestoreOperation

if TYPE_CHECKING:
    from core.api.restores import Restores
    from core.store.store import Store

_LISTED = 20


@dataclass(frozen=True, slots=True)
class PlannedUndo:
    """What undoing a restore would do: ``what`` in words, ``commands`` exactly.

    ``sessions`` are connected to ``database``, and end.
    """

    what: str
    database: str
    sessions: int
    commands: tuple[str, ...]


class RestoreDesk(Desk):
    """Restores of a console's servers."""

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
        return begin(new_job_id(now), server_id, self.who, host_name(), now)

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

        who, now = self.who, self._clock.now()

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

        def discard(store: Store) -> None:
            store.restore_drafts.discard(draft)
            told = {"draft": draft.draft_id, "from": draft.who}
            store.audit.append(self.who, "put aside a restore", draft.server_id, told)

        await self._store.call(discard)
        self._renew(draft.server_id)

    # What can be restored

    async def timeline(self, server_id: str) -> RecoveryTimeline:
        """To which moments databases can be brought back, and what each has of what is gone.

        Raises:
            ConfigError: a key of the config can't be used.
            StoreError: the store can't be read.
        """
        settings, now = self._launch.settings, self._clock.now()
        return await self._store.aside(lambda store: timeline_of(server_id, store, settings, now))

    async def contents(self, server_id: str, backup_id: str) -> BackupContents:
        """What can be chosen of a backup.

        Raises:
            RestoreError: its tables are not known here.
            StoreError: the store can't be read.
        """
        settings = self._launch.settings
        return await self._store.aside(
            lambda store: contents_of(server_id, backup_id, store, settings)
        )

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
        from core.restore.drill.guided.changes import require_harmless

        def begin(store: Store) -> str:
            if draft.drill_id:
                require_harmless(plan.wish.target)
            restore_id = self._restores(store).start(plan)
            store.restore_drafts.discard(draft)
            if draft.drill_id:
                _take_in(store, draft.drill_id, restore_id)
            return restore_id

        restore_id = await self._store.call(begin)
        self._renew(draft.server_id)
        return restore_id

    async def detail(self, operation_id: str) -> RestoreDetail | None:
        """One restore with its job and its plan; ``None`` where none has that id.

        Raises:
            StoreError: the store can't be read.
        """
        return await self._store.call(lambda store: read_restore(store, operation_id))

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

        The undo of a restore is done when this returns.

        Raises:
            PgvigilError: nobody has agreed, or it could not be started.
        """
        if plan.undoes:
            find = self._store.aside(lambda store: self._restores(store).find(plan.undoes))
            await self.undo(await find)
            return plan.undoes
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


def _take_in(store: Store, drill_id: str, restore_id: str) -> None:
    """Make a restore that has just begun a part of its guided drill.

    One that cannot be now, for the drill was ended meanwhile, goes on all the same.
    """
    from core.restore.drill.guided.changes import linked

    operation = store.restore_operations.get(restore_id)
    if operation is not None:
        with suppress(RestoreError):
            store.guided_drills.change(drill_id, lambda drill: linked(drill, operation))
