"""Does what a prune has planned, and looks at each backup once more before it is destroyed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from core.backup import layout
from core.backup.alone import Held
from core.backup.destroy import destroy
from core.backup.markers import (
    Destruction,
    announce_destruction,
    clear_expiry,
    read_expiry,
    read_protection,
    withdraw_destruction,
    write_expiry,
)
from core.backup.prune.elsewhere import lacking_in
from core.backup.prune.outcome import PruneOutcome
from core.backup.prune.plan import RepositoryPlan, newest_unreadable_child
from core.backup.prune.rubbish import why_alive
from core.backup.repository.problems import ObjectChangedError
from core.backup.stock import Folder, paths_of
from core.backup.under_way import under_way
from core.errors import DamagedArtifactError
from core.model.backup import BackupCopy, CatalogEntry, CopyState, VerificationLevel

if TYPE_CHECKING:
    from core.backup.prune.run import Pruning


class Doing:
    """A plan at work; each step is looked at once more before it is done."""

    def __init__(self, pruning: Pruning, planned: RepositoryPlan, held: Held) -> None:
        self._pruning = pruning
        self._planned = planned
        self._held = held
        self._repository = pruning.repository
        self._server = pruning.server
        self._catalog = pruning.store.catalog
        self._destroyed: list[str] = []
        self._hidden: list[str] = []
        self._kept: list[tuple[str, str]] = []
        self._notes = list(planned.notes)
        self._freed = 0
        self._seen: frozenset[str] = frozenset()

    def do(self) -> PruneOutcome:
        """First who stays and who expires, then who goes.

        Raises: as :meth:`core.backup.prune.run.Pruning.do`.
        """
        plan, stale = self._planned.plan, self._repository.settings.stale_seconds
        self._pruning.reporter.phase(f"prune {self._repository.name}", self._planned.freed_bytes)
        cleared = self._repository.clean_stale(stale)
        for entry in plan.revive:
            self._step()
            clear_expiry(self._repository, self._server, entry.backup_id)
            self._catalog.revive([entry.backup_id], repository=self._repository.name)
        for entry in plan.expire:
            self._expire(entry)
        # What was destroyed in part needs nothing any more, and comes before what it needed.
        cleared += self._clear(self._planned.unfinished)
        self._destroy_all(plan.destroy)
        cleared += self._clear_rubbish(self._planned.rubbish)
        for backup_id in self._planned.forgotten:
            self._catalog.drop_copy(backup_id, self._repository.name)
        return PruneOutcome(
            repository=self._repository.name,
            expired=tuple(entry.backup_id for entry in plan.expire),
            revived=tuple(entry.backup_id for entry in plan.revive),
            destroyed=tuple(self._destroyed),
            hidden=tuple(self._hidden),
            kept=tuple(self._kept),
            cleared=cleared,
            freed_bytes=self._freed,
            notes=tuple(self._notes),
        )

    def clear_leftovers(self) -> int:
        """What is no backup, or none any more, and nothing else; how much that was.

        Raises: as :meth:`core.backup.prune.run.Pruning.do`.
        """
        cleared = self._repository.clean_stale(self._repository.settings.stale_seconds)
        cleared += self._clear(self._planned.unfinished)
        return cleared + self._clear_rubbish(self._planned.rubbish)

    def _clear(self, folders: Sequence[Folder]) -> int:
        """Clear away what is no backup, or none any more; how many there were."""
        cleared = 0
        for folder in folders:
            self._step()
            if not self._has_changed(folder):
                cleared += 1
                self._destroy(folder.backup_id, folder.bytes)
        return cleared

    def _clear_rubbish(self, folders: Sequence[Folder]) -> int:
        """Clear away what was never finished; how many there were.

        Said before it is looked for the last time: who is finishing it all the same finds this, or
        that it is gone (docs/backup-operations.md).
        """
        cleared, pruning = 0, self._pruning
        needs, unreadable = pruning.needs() if folders else ({}, ())
        for folder in folders:
            self._step()
            backup_id = folder.backup_id
            is_under_way = under_way(pruning.store, pruning.settings, self._server).covers
            destruction = self._announced(backup_id)
            if destruction is None:
                continue
            why = _why_needed(backup_id, needs, unreadable)
            if why := why or why_alive(self._repository, folder, destruction, is_under_way):
                self._notes.append(f"{backup_id} is not cleared away: {why}")
                withdraw_destruction(self._repository, self._server, backup_id, destruction)
            else:
                cleared += 1
                self._destroy(backup_id, folder.bytes)
        return cleared

    def _step(self) -> None:
        self._held.check()
        self._pruning.reporter.check_cancelled()

    def _expire(self, entry: CatalogEntry) -> None:
        self._step()
        now = self._pruning.now()
        write_expiry(self._repository, self._server, entry.backup_id, now)
        self._catalog.expire([entry.backup_id], now, repository=self._repository.name)
        self._note("expire backup", entry.backup_id)

    def _destroy_all(self, entries: tuple[CatalogEntry, ...]) -> None:
        """Children before parents, each looked at once more."""
        if not entries:
            return
        needs, unreadable = self._pruning.needs()
        self._seen = self._pruning.others.look(besides=self._repository.name)
        stay: dict[str, list[str]] = {}
        for entry in entries:
            self._step()
            backup_id = entry.backup_id
            # Said before it is looked for the last time: whoever keeps it meanwhile finds either
            # this or that it is gone (docs/backup-operations.md).
            destruction = self._announced(backup_id)
            if destruction is None:
                stay.setdefault("another host has just destroyed it", []).append(backup_id)
                continue
            if why := self._why_not(backup_id, needs, unreadable):
                stay.setdefault(why, []).append(backup_id)
            elif self._destroy(backup_id, entry.sealed_bytes):
                needs.pop(backup_id, None)
                continue
            if why or self._has_keys(backup_id):
                withdraw_destruction(self._repository, self._server, backup_id, destruction)
        for why, found in stay.items():
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            self._notes.append(f"{found[0]}{more} is not destroyed: {why}")

    def _announced(self, backup_id: str) -> Destruction | None:
        """What the repository now says of our destruction; ``None`` where another host was faster.

        Who destroys a backup takes away all that says so, also what came while it was at it.
        """
        destruction = Destruction.begin(self._pruning.who, self._pruning.now())
        try:
            announce_destruction(self._repository, self._server, backup_id, destruction)
        except ObjectChangedError:
            if self._has_keys(backup_id):
                raise
            return None
        return destruction

    def _why_not(
        self, backup_id: str, needs: dict[str, set[str]], unreadable: tuple[str, ...]
    ) -> str:
        """What has changed since it was planned; empty where nothing has."""
        if why := _why_needed(backup_id, needs, unreadable):
            return why
        try:
            if read_protection(self._repository, self._server, backup_id) is not None:
                return "somebody protects it"
        except DamagedArtifactError:
            return "somebody protects it, and why can't be read"
        if why := self._why_kept_elsewhere(backup_id):
            return why
        return self._why_not_due(backup_id)

    def _why_not_due(self, backup_id: str) -> str:
        at = read_expiry(self._repository, self._server, backup_id)
        if at is None:
            return "its expiry was taken back, or another host has just destroyed it"
        grace = timedelta(seconds=self._pruning.settings.retention.grace_seconds)
        return "its time of grace is not over" if at + grace > self._pruning.now() else ""

    def _why_kept_elsewhere(self, backup_id: str) -> str:
        """Which repository may have to be repaired from this one; empty: none has."""
        entry, name = self._catalog.get(backup_id), self._repository.name
        others = self._pruning.settings.repositories
        lacking = lacking_in(entry, name, others, self._seen) if entry else ""
        if not lacking:
            return ""
        if lacking in self._seen:
            return f"it is kept in {lacking}, where no good copy of it is"
        why = self._pruning.others.why_unseen(lacking)
        return f"it is kept in {lacking}, where nothing can be looked at now ({why})"

    def _has_keys(self, backup_id: str) -> bool:
        return self._repository.exists(layout.wraps_file(self._server, backup_id))

    def _has_changed(self, folder: Folder) -> bool:
        """Whether a folder that was to be cleared is a backup by now, or is being written."""
        return paths_of(self._repository, self._server, folder.backup_id) != folder.paths

    def _destroy(self, backup_id: str, size: int) -> bool:
        deleted = destroy(self._repository, self._server, backup_id)
        name = self._repository.name
        if deleted.kept:
            why = f"{deleted.kept[0].path}: {deleted.kept[0].why}"
            self._kept.append((backup_id, why))
            # With its keys it is as whole as before, and the next prune tries again.
            wraps = layout.wraps_file(self._server, backup_id)
            is_whole = deleted.kept[0].path == wraps
            state = CopyState.COMPLETE if is_whole else CopyState.EXPIRED
            level = VerificationLevel.NONE
            self._catalog.record_copy(BackupCopy(backup_id, name, state, level, None, why))
            self._note("could not destroy backup", backup_id, why=why)
            return False
        if deleted.hidden:
            self._hidden.append(backup_id)
        self._freed += size
        self._destroyed.append(backup_id)
        self._catalog.drop_copy(backup_id, name)
        self._forget_what_nobody_looks_for(backup_id)
        self._note("destroy backup", backup_id, older_versions=str(len(deleted.hidden)))
        self._pruning.reporter.advance(size)
        return True

    def _forget_what_nobody_looks_for(self, backup_id: str) -> None:
        """Forget copies that are missing in places that the config has no more, where no other is.

        No prune would come there that forgets them.
        """
        entry = self._catalog.get(backup_id)
        copies, configured = entry.copies if entry else (), self._pruning.settings.repositories
        if any(e.state is not CopyState.MISSING or e.repository in configured for e in copies):
            return
        for copy in copies:
            self._catalog.drop_copy(backup_id, copy.repository)

    def _note(self, action: str, backup_id: str, **details: str) -> None:
        told = {"repository": self._repository.name, "server": self._server, **details}
        self._pruning.store.audit.append(self._pruning.who, action, f"backup {backup_id}", told)


def _why_needed(backup_id: str, needs: dict[str, set[str]], unreadable: Sequence[str]) -> str:
    """Which other backup needs it, or may; empty where none does."""
    if child := newest_unreadable_child(unreadable, backup_id):
        return f"{child} may need it, and its manifest can't be read"
    child = next((child for child, wanted in needs.items() if backup_id in wanted), "")
    return f"{child} needs it" if child else ""
