"""Which backups stay and which go: a plan, made from the catalog, the policy and the time alone."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from operator import attrgetter

from core.backup.clocks import clock_gap, gap_told
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.errors import BackupError
from core.model.backup import BackupKind, CatalogEntry, CopyState, VerificationLevel

_AGE, _ID = attrgetter("snapshot_at"), attrgetter("backup_id")
_COMPLETE = CopyState.COMPLETE
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
    listed = sorted(sorted(entries, key=_ID), key=_AGE)
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
    # Empty is unknown: the role might not ask for it when that backup was taken.
    identifiers = {entry.system_identifier for entry in entries} - {""}
    if len({e.server_id for e in entries}) > 1 or len(identifiers) > 1:
        servers = {(entry.server_id, entry.system_identifier) for entry in entries}
        names = ", ".join(sorted(f"{name} ({identifier})" for name, identifier in servers))
        raise BackupError(
            "Nothing is pruned: these are the backups of several servers",
            why=names,
            remedy="see which of them is yours; prune one server at a time",
        )


def _held_back(entries: Sequence[CatalogEntry], settings: RetentionSettings, now: datetime) -> str:
    """Why the clock can't be trusted with a deletion; a wrong clock would expire everything.

    A backup has two times: that of the host that took it, and the server's. Where they contradict
    one another, the earlier one counts: one night by a wrong clock neither proves that clock right,
    nor holds back for ever what comes after.
    """
    if not entries:
        return ""
    newest = max(entries, key=_moment)
    if now < _moment(newest) - _CLOCK_TOLERANCE:
        return f"the clock says {now:%Y-%m-%d %H:%M}, and the newest backup is of later"
    longest = timedelta(days=max(keep.days for keep in _by_kind(settings).values()))
    if now - _moment(newest) > longest:
        days = (now - _moment(newest)).days
        return f"the newest backup is {days} days old: the clock is wrong, or backups have stopped"
    last = max(entries, key=_AGE)
    if gap := clock_gap(last.backup_id, last.snapshot_at, last.finished_at):
        return (
            f"when {last.backup_id} was taken, the clock of the host that took it was"
            f" {gap_told(gap)} the server's; once both are right, a new backup ends this"
        )
    return ""


def _moment(entry: CatalogEntry) -> datetime:
    return min(entry.snapshot_at, entry.finished_at)


def _reasons(
    entries: Sequence[CatalogEntry], settings: RetentionSettings, now: datetime
) -> Mapping[str, list[str]]:
    reasons: dict[str, list[str]] = defaultdict(list)
    groups: dict[tuple[str, BackupKind], list[CatalogEntry]] = defaultdict(list)
    databases: dict[str, list[CatalogEntry]] = defaultdict(list)
    levels: dict[str, int] = {}
    for entry in entries:
        levels[entry.backup_id] = level = _level(entry)
        groups[entry.database, entry.kind].append(entry)
        databases[entry.database].append(entry)
        if not level:
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
        if copy.state is _COMPLETE and copy.level > best:
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
    for entry in group[bisect_left(group, since, key=_AGE) :]:
        reasons[entry.backup_id].append(f"younger than {keep.days:g} days")
    for entry in islice(_good(group, levels), keep.count):
        reasons[entry.backup_id].append(f"one of the newest {keep.count}")
    periods: tuple[tuple[str, int, Callable[[datetime], object]], ...] = (
        ("day", keep.daily, lambda at: at.date()),
        ("week", keep.weekly, lambda at: at.isocalendar()[:2]),
        ("month", keep.monthly, lambda at: (at.year, at.month)),
        ("year", keep.yearly, lambda at: at.year),
    )
    for name, count, period_of in periods:
        last_of: dict[object, CatalogEntry] = {}
        for entry in _good(group, levels):
            if len(last_of) == count:
                break
            if last_of.setdefault(period_of(entry.snapshot_at), entry) is entry:
                reasons[entry.backup_id].append(f"the last of its {name}")


def _good(group: Sequence[CatalogEntry], levels: Mapping[str, int]) -> Iterator[CatalogEntry]:
    """Those of which every byte of a copy was authenticated, newest first."""
    return (each for each in reversed(group) if levels[each.backup_id] >= VerificationLevel.SEALED)


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
    if not over:
        return ()
    children = Counter(needed for entry in gone for needed in entry.needs)
    order: list[CatalogEntry] = []
    for entry in sorted(gone, key=_AGE, reverse=True):
        if entry.backup_id in over and not children[entry.backup_id]:
            order.append(entry)
            children.subtract(entry.needs)
    return tuple(order)
