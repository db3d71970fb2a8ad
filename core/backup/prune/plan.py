"""What a prune would do in one repository: made of what lies there, and of the policy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.backup.clocks import HOSTS_APART
from core.backup.layout import parse_backup_id
from core.backup.prune.elsewhere import without_what_others_lack
from core.backup.prune.lost import as_if_damaged, as_missing, is_to_come_back
from core.backup.retention import PrunePlan, plan_prune
from core.backup.stock import Folder
from core.config.retention_settings import RetentionSettings
from core.model.backup import BackupKind, CatalogEntry, CopyState


@dataclass(frozen=True, slots=True)
class RepositoryPlan:
    """What a prune of one server's backups would do in one repository.

    The entries in ``plan`` have the one copy that is there, and the expiry that stands there.
    ``unfinished`` were destroyed in part when something stopped it, ``rubbish`` was never finished
    by a run that died: both are cleared. ``forgotten`` are backups that were destroyed elsewhere,
    or that are missing here and that nothing would keep here.
    ``notes`` are sentences about what is left alone though it might seem due. ``is_for_a_person``:
    it is held back because it would let go much, so that ``unfinished`` and ``rubbish`` are cleared
    all the same.
    """

    repository: str
    server: str
    plan: PrunePlan
    unfinished: tuple[Folder, ...] = ()
    rubbish: tuple[Folder, ...] = ()
    forgotten: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_for_a_person: bool = False

    @property
    def freed_bytes(self) -> int:
        """What is freed now."""
        folders = (*self.unfinished, *self.rubbish)
        return self.plan.freed_bytes + sum(each.bytes for each in folders)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        plan = self.plan
        return not (
            plan.expire
            or plan.destroy
            or plan.revive
            or self.unfinished
            or self.rubbish
            or self.forgotten
        )


def plan_repository(
    repository: str,
    server: str,
    *,
    entries: Iterable[CatalogEntry],
    folders: Mapping[str, Folder],
    unreadable: Sequence[str],
    settings: RetentionSettings,
    expired_at: Callable[[str], datetime | None],
    is_under_way: Callable[[str], bool],
    stale_seconds: float,
    now: datetime,
    others: Collection[str] = (),
) -> RepositoryPlan:
    """The plan for what ``folders`` has of one server's backups.

    ``entries`` is all that the catalog has of the server, in line with the repository.
    ``expired_at`` says since when a backup has expired, as it stands there. ``unreadable`` are the
    ids of backups of which it is not known what they need, ``is_under_way`` says whether a backup
    is being taken. ``others`` are the repositories that may keep what this one lets go.

    Raises:
        BackupError: the entries are of several servers.
    """
    known = {entry.backup_id: entry for entry in entries}
    # Without its keys it is no backup any more, whatever is still written beside what is left.
    destroyed = {each.backup_id for each in folders.values() if each.is_destroyed}
    here = [
        _as_it_is_here(entry, repository, folders.get(entry.backup_id), expired_at)
        for entry in known.values()
        if any(copy.repository == repository for copy in entry.copies)
        and entry.backup_id not in destroyed
    ]
    lost = {each.backup_id for each in here if is_to_come_back(each, known, others)}
    here = [as_if_damaged(each) if each.backup_id in lost else each for each in here]
    plan = plan_prune(here, settings, now)
    forgotten: tuple[str, ...] = ()
    if missing := lost | {entry.backup_id for entry in here if _is_missing(entry)}:
        # What is missing keeps what it needs for as long as it would be kept itself.
        kept = {each.entry.backup_id for each in plan.kept}
        forgotten = () if plan.held_back else tuple(sorted(missing - kept))
        plan = plan_prune([e for e in here if e.backup_id not in forgotten], settings, now)
        plan = replace(
            plan,
            expire=tuple(e for e in plan.expire if e.backup_id not in missing),
        )
    plan, told = as_missing(plan, lost)
    plan, notes = _without_what_may_be_needed(plan, unreadable)
    notes = (*told, *notes)
    if plan.held_back:
        return RepositoryPlan(repository, server, plan, notes=notes)
    plan, lacking = without_what_others_lack(plan, known, repository, others)
    notes += lacking
    notes = (*notes, *_refused_before(plan.destroy))
    gone = {*forgotten, *(entry.backup_id for entry in plan.destroy)}
    needed = {each for entry in here if entry.backup_id not in gone for each in entry.needs}
    spare = [each for each in folders.values() if each.backup_id not in needed]
    unfinished = [each for each in spare if _is_unfinished(each, known.get(each.backup_id))]
    rubbish = [
        each
        for each in spare
        if each.backup_id not in known and _is_rubbish(each, now, stale_seconds)
    ]
    left_alone = {
        each.backup_id: why
        for each in (*unfinished, *rubbish)
        if (why := _why_not_cleared(each, unreadable, is_under_way))
    }
    notes += tuple(f"{each} is left alone: {why}" for each, why in left_alone.items())
    return RepositoryPlan(
        repository,
        server,
        plan,
        unfinished=tuple(each for each in unfinished if each.backup_id not in left_alone),
        rubbish=tuple(each for each in rubbish if each.backup_id not in left_alone),
        forgotten=forgotten,
        notes=notes,
    )


def _as_it_is_here(
    entry: CatalogEntry,
    repository: str,
    folder: Folder | None,
    expired_at: Callable[[str], datetime | None],
) -> CatalogEntry:
    """The entry with the one copy that counts, and with what the repository says of it."""
    kept = entry.kept_because
    if folder is not None and folder.is_protected:
        kept = kept or "(no reason was given)"
    is_expired = folder is not None and folder.is_expired
    at = expired_at(entry.backup_id) if is_expired else None
    copies = tuple(
        copy if copy.state is CopyState.MISSING else replace(copy, expired_at=at)
        for copy in entry.copies
        if copy.repository == repository
    )
    return replace(entry, copies=copies, kept_because=kept)


def _is_missing(entry: CatalogEntry) -> bool:
    return all(copy.state is CopyState.MISSING for copy in entry.copies)


def _without_what_may_be_needed(
    plan: PrunePlan, unreadable: Sequence[str]
) -> tuple[PrunePlan, tuple[str, ...]]:
    """Leave what an incremental that can't be read may need: all that is older."""
    destroy = tuple(
        each for each in plan.destroy if not newest_unreadable_child(unreadable, each.backup_id)
    )
    if len(destroy) == len(plan.destroy):
        return plan, ()
    newest = newest_unreadable_child(unreadable, "")
    note = (
        f"{len(plan.destroy) - len(destroy)} backups are not destroyed: {newest} may need them, and"
        " its manifest can't be read (pgvigil backup verify repairs it; its key may be missing)"
    )
    return replace(plan, destroy=destroy), (note,)


def _refused_before(entries: Iterable[CatalogEntry]) -> Iterator[str]:
    """What is to be destroyed and could not be, the last time: a lock may hold it still."""
    for entry in entries:
        for copy in entry.copies:
            if copy.state is CopyState.COMPLETE and copy.problem and not copy.is_refused:
                yield f"{entry.backup_id} could not be destroyed before ({copy.problem})"


def newest_unreadable_child(unreadable: Sequence[str], backup_id: str) -> str:
    """An incremental backup that can't be read and may need ``backup_id``; empty: there is none.

    Another host may have begun it, by a clock that is behind that of the older one's.
    """
    names = [name for each in unreadable if (name := parse_backup_id(each))]
    children = [name for name in names if name.kind is BackupKind.INCREMENTAL]
    newest = max(children, key=lambda child: child.started_at, default=None)
    older = parse_backup_id(backup_id)
    if newest is None or (older and newest.started_at + HOSTS_APART < older.started_at):
        return ""
    return str(newest)


def _why_not_cleared(
    folder: Folder, unreadable: Sequence[str], is_under_way: Callable[[str], bool]
) -> str:
    """Why what is no backup, or none any more, is not to be cleared; empty: it is.

    Of what lacks its manifest an incremental may need the artifacts all the same; of what lost its
    keys to a prune nobody can need anything.
    """
    if folder.is_destroyed:
        return ""
    if child := newest_unreadable_child(unreadable, folder.backup_id):
        return f"{child} may need it, and its manifest can't be read"
    return "it is being taken" if is_under_way(folder.backup_id) else ""


def _is_unfinished(folder: Folder, entry: CatalogEntry | None) -> bool:
    """Destroyed in part: it had expired, and has no manifest any more, or no keys."""
    if folder.is_destroyed:
        return True
    if folder.is_protected or not folder.is_expired:
        return False
    return not folder.has_manifest or (not folder.has_wraps and entry is None)


def _is_rubbish(folder: Folder, now: datetime, stale_seconds: float) -> bool:
    """Never finished: without a manifest, and nobody has written to it for long."""
    name = parse_backup_id(folder.backup_id)
    began = folder.newest if name is None else max(folder.newest, name.started_at)
    return (
        not folder.has_manifest
        and not folder.is_protected
        and not folder.is_expired
        and began + timedelta(seconds=stale_seconds) <= now
    )
