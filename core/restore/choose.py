"""Which backup, and which copy of it, a restore takes: the newest that serves, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.backup.keys.ring import OpeningKeys
from core.backup.timeline import timeline
from core.backup.verify.problems import UNSOUND
from core.errors import BackupError
from core.model.backup import BackupCopy, BackupKind, CatalogEntry, CopyState, VerificationLevel
from core.model.restore import BackupChoice, PassedOver

_WITH_ROWS = frozenset({BackupKind.FULL, BackupKind.INCREMENTAL})
_SOUND = frozenset({CopyState.COMPLETE})
_NAMED = frozenset({CopyState.COMPLETE, CopyState.DAMAGED})
"""What serves where a person names the copy: what is whole of it is read, and nothing else."""
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a backup was taken of which nothing tells that it was earlier: it may have the damage."""
_PROVEN = {
    VerificationLevel.NONE: "not verified yet",
    VerificationLevel.SEALED: "every byte was authenticated",
    VerificationLevel.STRUCTURE: "verified with its structure",
    VerificationLevel.RESTORED: "proven by a restore",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the backup must serve.

    ``moment`` is the latest state that is wanted: newer ones already have the damage; ``None`` is
    the newest. ``backup_id`` and ``repository`` are given where a person chose: where both are,
    the copy may be one that was found damaged. ``rows`` says whether rows are wanted, or
    definitions suffice.
    """

    server_id: str
    database: str
    moment: datetime | None = None
    backup_id: str = ""
    repository: str = ""
    rows: bool = True

    @property
    def serving(self) -> frozenset[CopyState]:
        """The states in which a copy serves."""
        return _NAMED if self.backup_id and self.repository else _SOUND


def choose_backup(
    entries: Sequence[CatalogEntry],
    wanted: Wanted,
    *,
    keys: Collection[str],
    repositories: Sequence[str],
) -> BackupChoice:
    """The newest backup that serves, in its best verified copy.

    ``keys`` are the ids of the keys at hand, ``repositories`` the configured ones, the preferred
    first. Where a person named the backup, no other one is taken.

    Raises:
        BackupError: none serves; it says for each why not.
    """
    by_id = {entry.backup_id: entry for entry in entries}
    passed_over: list[PassedOver] = []
    for entry in _candidates(entries, wanted):
        usable = []
        for copy in _copies(entry, wanted, repositories):
            if why := _why_not(copy, entry, by_id, keys, wanted.serving):
                passed_over.append(PassedOver(entry.backup_id, copy.repository, why))
            else:
                usable.append(copy)
        if usable:
            best = min(usable, key=lambda copy: _rank(copy, repositories))
            why = _why(wanted, passed_over, best)
            return BackupChoice(entry, best, why, tuple(passed_over))
        if not entry.copies:
            passed_over.append(PassedOver(entry.backup_id, "", "no repository has a copy"))
    raise _nothing_serves(entries, wanted, passed_over)


def openable(entries: Sequence[CatalogEntry], keys: OpeningKeys) -> frozenset[str]:
    """The keys at hand, and those that a passphrase at hand may give."""
    if keys.has_passphrases:
        return keys.key_ids.union(*(entry.key_ids for entry in entries))
    return keys.key_ids


def hindrance(
    entry: CatalogEntry, by_id: Mapping[str, CatalogEntry], *, keys: Collection[str]
) -> str:
    """Why nothing can be restored from a backup, wherever its copies are; empty where it can.

    ``by_id`` are all backups of its server, ``keys`` the ids of the keys at hand.
    """
    if not entry.copies:
        return "no repository has a copy"
    whys = [(copy.repository, _why_not(copy, entry, by_id, keys, _SOUND)) for copy in entry.copies]
    return "; ".join(f"{name}: {why}" for name, why in whys) if all(w for _, w in whys) else ""


def _candidates(entries: Iterable[CatalogEntry], wanted: Wanted) -> Iterator[CatalogEntry]:
    """Backups of the database that hold what is wanted, newest first."""
    if wanted.backup_id:
        yield from (entry for entry in entries if entry.backup_id == wanted.backup_id)
        return
    line = timeline((e for e in entries if e.server_id == wanted.server_id), _NEVER)
    for entry in reversed(line.entries):
        is_before = wanted.moment is None or line.taken_at[entry.backup_id] <= wanted.moment
        serves = entry.kind in _WITH_ROWS or (not wanted.rows and entry.kind is BackupKind.SCHEMA)
        if entry.database == wanted.database and is_before and serves:
            yield entry


def _copies(
    entry: CatalogEntry, wanted: Wanted, repositories: Sequence[str]
) -> Iterator[BackupCopy]:
    for copy in sorted(entry.copies, key=lambda copy: _rank(copy, repositories)):
        if wanted.repository in {"", copy.repository}:
            yield copy


def _rank(copy: BackupCopy, repositories: Sequence[str]) -> tuple[int, int, str]:
    place = (
        repositories.index(copy.repository)
        if copy.repository in repositories
        else len(repositories)
    )
    return -copy.level, place, copy.repository


def _why_not(
    copy: BackupCopy,
    entry: CatalogEntry,
    by_id: Mapping[str, CatalogEntry],
    keys: Collection[str],
    serving: Collection[CopyState],
) -> str:
    """Why a copy can't be restored from; empty where it can, as far as is known."""
    if copy.state not in serving or UNSOUND in copy.problem:
        return f"the copy is {copy.state.value}" + (f": {copy.problem}" if copy.problem else "")
    if (key := entry.key_of(copy)) and key not in keys:
        return f"it is sealed with key {key}, which is not at hand"
    for needed in sorted(entry.needs):
        there = by_id.get(needed)
        if there is None:
            return f"it needs backup {needed}, which is not in the catalog"
        its = next((each for each in there.copies if each.repository == copy.repository), None)
        if its is None or its.state not in serving:
            told = its.state.value if its else "not there"
            return f"it needs backup {needed}, whose copy is {told}"
        if (key := there.key_of(its)) and key not in keys:
            return f"it needs backup {needed}, which is sealed with key {key}: not at hand"
    return ""


def _why(wanted: Wanted, passed_over: Sequence[PassedOver], copy: BackupCopy) -> str:
    if wanted.backup_id:
        chosen = "it was chosen"
    elif wanted.moment is None:
        chosen = "the newest backup"
    else:
        chosen = f"the newest backup before {wanted.moment:%Y-%m-%d %H:%M:%S} UTC"
    better = {each.backup_id for each in passed_over} - {copy.backup_id}
    if better and not wanted.backup_id:
        newer = "one newer" if len(better) == 1 else f"{len(better)} newer ones"
        chosen += f" that can be restored ({newer} can't)"
    if copy.state is CopyState.DAMAGED:
        return f"{chosen}, though it was found damaged: only what is whole of it can be restored"
    return f"{chosen}; {_PROVEN[copy.level]}"


def _why_none(entries: Sequence[CatalogEntry], wanted: Wanted) -> str:
    """Why no copy was even looked at, though the catalog may have backups of the database."""
    nowhere = f"it has no copy in {wanted.repository}"
    if wanted.backup_id:
        return nowhere
    server = [each for each in entries if each.server_id == wanted.server_id]
    own = [each for each in server if each.database == wanted.database]
    with_rows = [each for each in own if each.kind in _WITH_ROWS]
    if not with_rows:
        alone = "of definitions or chosen parts alone"
        return f"the catalog has {len(own)} of it, {alone}" if own else "the catalog has none"
    taken_at = timeline(server, _NEVER).taken_at
    at, oldest = min((taken_at[each.backup_id], each.backup_id) for each in with_rows)
    if wanted.moment is not None and at > wanted.moment:
        return f"the oldest, {oldest}, is of {at:%Y-%m-%d %H:%M:%S} UTC"
    return nowhere


def _nothing_serves(
    entries: Sequence[CatalogEntry], wanted: Wanted, passed_over: Sequence[PassedOver]
) -> BackupError:
    until = (
        f" that is older than {wanted.moment:%Y-%m-%d %H:%M:%S} UTC"
        if wanted.moment is not None and not wanted.backup_id
        else ""
    )
    what = (
        f"Backup {wanted.backup_id} can't be restored"
        if wanted.backup_id
        else f"There is no backup of {wanted.database} of {wanted.server_id}{until} to restore"
    )
    told = [
        f"{each.backup_id}{f' in {each.repository}' if each.repository else ''}: {each.why}"
        for each in passed_over
    ]
    return BackupError(
        what,
        why="; ".join(told) or _why_none(entries, wanted),
        remedy="pgvigil backup import looks into the repositories again, pgvigil backup verify at"
        " damaged copies, pgvigil key verify at keys; what is whole of a damaged copy can be had:"
        " --backup ID --from REPOSITORY",
    )
