"""Which backups stay and which go: a plan, made from the catalog, the policy and the time alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.config.retention_settings import KeepSettings, RetentionSettings
from core.errors import BackupError
from core.model.backup import BackupKind, CatalogEntry, CopyState, VerificationLevel

_CLOCK_TOLERANCE = timedelta(minutes=5)
_NOT_VERIFIED = "not verified yet: pgvigil backup verify"


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup that stays, and every reason for it."""

    entry: CatalogEntry
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What a prune would do.

    ``expire`` lose their last reason now and begin their time of grace; ``destroy`` have had it,
    children before parents; ``waiting`` are in it, or wait for a child; ``revive`` have a reason
    again. ``held_back`` says why nothing at all
    may be deleted now, if so; the rest is then empty. A backup of which nobody here has read a copy
    yet (another host wrote it) is kept for now: whoever doesn't know whether it is good can't tell
    what it stands in for.
    """

    kept: tuple[Kept, ...]
    expire: tuple[CatalogEntry, ...] = ()
    destroy: tuple[CatalogEntry, ...] = ()
    revive: tuple[CatalogEntry, ...] = ()
    waiting: tuple[CatalogEntry, ...] = ()
    held_back: str = ""

    @property
    def freed_bytes(self) -> int:
        """What destroying frees in one copy."""
        return sum(entry.sealed_bytes for entry in self.destroy)


def plan_prune(
    entries: Iterable[CatalogEntry], settings: RetentionSettings, now: datetime
) -> PrunePlan:
    """The plan for one server's backups at ``now``.

    Raises:
        BackupError: backups of several servers were given; a plan is for one.
    """
    listed = sorted(entries, key=lambda entry: (entry.snapshot_at, entry.backup_id))
    _check_one_server(listed)
    if reason := _held_back(listed, settings, now):
        return PrunePlan(tuple(Kept(entry, ("held back",)) for entry in listed), held_back=reason)
    reasons = _reasons(listed, settings, now)
    gone = [entry for entry in listed if entry.backup_id not in reasons]
    grace = timedelta(seconds=settings.grace_seconds)
    over = {e.backup_id for e in gone if e.expired_at is not None and e.expired_at + grace <= now}
    destroy = _children_first(gone, over)
    goes = {entry.backup_id for entry in destroy}
    return PrunePlan(
        kept=tuple(
            Kept(entry, tuple(reasons[entry.backup_id]))
            for entry in listed
            if entry.backup_id in reasons
        ),
        expire=tuple(entry for entry in gone if entry.expired_at is None),
        destroy=destroy,
        waiting=tuple(e for e in gone if e.expired_at is not None and e.backup_id not in goes),
        revive=tuple(
            entry
            for entry in listed
            if entry.expired_at is not None
            and set(reasons.get(entry.backup_id, ())) - {_NOT_VERIFIED}
        ),
    )


def _check_one_server(entries: Sequence[CatalogEntry]) -> None:
    servers = {(entry.server_id, entry.system_identifier) for entry in entries}
    if len(servers) > 1:
        names = ", ".join(sorted(f"{name} ({identifier})" for name, identifier in servers))
        raise BackupError(
            "Nothing is pruned: these are the backups of several servers",
            why=names,
            remedy="see which of them is yours; prune one server at a time",
        )


def _held_back(entries: Sequence[CatalogEntry], settings: RetentionSettings, now: datetime) -> str:
    """Why the clock can't be trusted with a deletion; a wrong clock would expire everything."""
    if not entries:
        return ""
    newest = max(entry.finished_at for entry in entries)
    if now < newest - _CLOCK_TOLERANCE:
        return f"the clock says {now:%Y-%m-%d %H:%M}, and the newest backup is of later"
    longest = timedelta(days=max(keep.days for keep in _by_kind(settings).values()))
    if now - newest > longest:
        days = (now - newest).days
        return f"the newest backup is {days} days old: the clock is wrong, or backups have stopped"
    return ""


def _reasons(
    entries: Sequence[CatalogEntry], settings: RetentionSettings, now: datetime
) -> Mapping[str, list[str]]:
    reasons: dict[str, list[str]] = defaultdict(list)
    groups: dict[tuple[str, BackupKind], list[CatalogEntry]] = defaultdict(list)
    databases: dict[str, list[CatalogEntry]] = defaultdict(list)
    levels = {entry.backup_id: _level(entry) for entry in entries}
    for entry in entries:
        groups[entry.database, entry.kind].append(entry)
        databases[entry.database].append(entry)
        if levels[entry.backup_id] == VerificationLevel.NONE:
            reasons[entry.backup_id].append(_NOT_VERIFIED)
        if entry.kept_because:
            reasons[entry.backup_id].append(f"protected: {entry.kept_because}")
    for (_, kind), group in groups.items():
        _keep_by_rules(group, levels, _by_kind(settings)[kind], now, reasons)
    for group in databases.values():
        _keep_newest(group, levels, reasons)
    _keep_ancestors(entries, reasons)
    return reasons


def _level(entry: CatalogEntry) -> int:
    """The best level of its copies; -1 where none is complete, 0 where none was read yet."""
    best = -1
    for copy in entry.copies:
        if copy.state is CopyState.COMPLETE and copy.level > best:
            best = copy.level
    return best


def _by_kind(settings: RetentionSettings) -> dict[BackupKind, KeepSettings]:
    return {
        BackupKind.FULL: settings.full,
        BackupKind.INCREMENTAL: settings.incremental,
        BackupKind.SCHEMA: settings.schema,
        BackupKind.DATA: settings.data,
        BackupKind.PHYSICAL: settings.full,
    }


def _keep_by_rules(
    group: Sequence[CatalogEntry],
    levels: Mapping[str, int],
    keep: KeepSettings,
    now: datetime,
    reasons: dict[str, list[str]],
) -> None:
    """Days, count, and grandfather-father-son, for one kind of one database, oldest first."""
    since = now - timedelta(days=keep.days)
    for entry in group:
        if entry.snapshot_at >= since:
            reasons[entry.backup_id].append(f"younger than {keep.days:g} days")
    good = [entry for entry in group if levels[entry.backup_id] >= VerificationLevel.SEALED]
    for entry in good[max(0, len(good) - keep.count) :]:
        reasons[entry.backup_id].append(f"one of the newest {keep.count}")
    periods: tuple[tuple[str, int, Callable[[datetime], object]], ...] = (
        ("day", keep.daily, lambda at: at.date()),
        ("week", keep.weekly, lambda at: at.isocalendar()[:2]),
        ("month", keep.monthly, lambda at: (at.year, at.month)),
        ("year", keep.yearly, lambda at: at.year),
    )
    for name, count, period_of in periods:
        if not count:
            continue
        last_of = {period_of(entry.snapshot_at): entry for entry in good}
        for entry in list(last_of.values())[max(0, len(last_of) - count) :]:
            reasons[entry.backup_id].append(f"the last of its {name}")


def _keep_newest(
    group: Sequence[CatalogEntry], levels: Mapping[str, int], reasons: dict[str, list[str]]
) -> None:
    """The newest good backup, and the newest that a restore has proven, whatever the rules say."""
    restorable = [e for e in group if e.kind in {BackupKind.FULL, BackupKind.INCREMENTAL}]
    newest = (
        (restorable or group, VerificationLevel.SEALED, "the newest good one"),
        (group, VerificationLevel.RESTORED, "the newest that a restore has proven"),
    )
    for entries, least, reason in newest:
        found = (e for e in reversed(entries) if levels[e.backup_id] >= least)
        if (entry := next(found, None)) is not None:
            reasons[entry.backup_id].append(reason)


def _keep_ancestors(entries: Sequence[CatalogEntry], reasons: dict[str, list[str]]) -> None:
    """What an incremental that stays needs stays, and what that one needs."""
    by_id = {entry.backup_id: entry for entry in entries}
    open_ids = list(reasons)
    while open_ids:
        entry = by_id[open_ids.pop()]
        for needed in sorted(entry.needs):
            if needed not in by_id:
                continue
            if needed not in reasons:
                open_ids.append(needed)
            if not any(reason.startswith("needed by") for reason in reasons[needed]):
                reasons[needed].append(f"needed by {entry.backup_id}")


def _children_first(gone: Sequence[CatalogEntry], over: set[str]) -> tuple[CatalogEntry, ...]:
    """Those whose grace is over, each after all that need it; a parent of one that waits waits."""
    children: dict[str, set[str]] = defaultdict(set)
    for entry in gone:
        for needed in entry.needs:
            children[needed].add(entry.backup_id)
    order: list[CatalogEntry] = []
    done: set[str] = set()
    for entry in sorted(gone, key=lambda entry: entry.snapshot_at, reverse=True):
        if entry.backup_id in over and children[entry.backup_id] <= done:
            order.append(entry)
            done.add(entry.backup_id)
    return tuple(order)
