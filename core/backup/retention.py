"""Which backups stay and which go: a plan, made from the catalog, the policy and the time alone."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from core.backup.clocks import clock_gap, gap_told
from core.backup.leaps import leap_among
from core.backup.timeline import Timeline, timeline
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.errors import BackupError
from core.model.backup import BackupKind, CatalogEntry, CopyState, Selection, VerificationLevel

_COMPLETE, _DAMAGED_STATE = CopyState.COMPLETE, CopyState.DAMAGED
_CLOCKS_APART = timedelta(hours=1)
_WHOLE = frozenset({BackupKind.FULL, BackupKind.INCREMENTAL})
_NOT_VERIFIED = "not verified yet: pgvigil backup verify"

_GONE, _DAMAGED, _REFUSED = -3, -2, -1
"""What a backup counts for that has no copy which was read and is good; 0: none was read yet."""
_STANDINGS = (
    (int(VerificationLevel.SEALED), ""),
    (_REFUSED, ", though it can't be read now"),
    (_DAMAGED, ", though damaged"),
)
"""What each rule keeps: the good ones; and what it would keep if these were good."""

_Group = tuple[str, BackupKind, tuple[str, ...], tuple[str, ...]]
"""Whose rules are counted together: the database, the kind, and the schemas and tables picked."""
_Alike = tuple[str, str, Selection]
"""What stands in for one another in a restore: the database, the kind (empty: all of it), and what
was picked and left out."""


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
    line = timeline(entries, now)
    listed = line.entries
    _check_one_server(listed)
    if reason := _held_back(line, settings, now):
        return PrunePlan(tuple(Kept(entry, ("held back",)) for entry in listed), held_back=reason)
    reasons = _reasons(line, settings, now)
    gone = [entry for entry in listed if entry.backup_id not in reasons]
    begun = {e.backup_id: at for e in gone if (at := _expired_at(e, now)) is not None}
    grace = timedelta(seconds=settings.grace_seconds)
    destroy = _children_first(gone, {each for each, at in begun.items() if at + grace <= now})
    goes = {entry.backup_id for entry in destroy}
    return PrunePlan(
        kept=tuple(
            Kept(entry, tuple(reasons[entry.backup_id]))
            for entry in listed
            if entry.backup_id in reasons
        ),
        expire=tuple(entry for entry in gone if entry.backup_id not in begun),
        destroy=destroy,
        waiting=tuple(e for e in gone if e.backup_id in begun and e.backup_id not in goes),
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


def _expired_at(entry: CatalogEntry, now: datetime) -> datetime | None:
    """Since when it has expired; a mark of a time to come is a wrong clock's, and made anew."""
    at = entry.expired_at
    return None if at is None or at > now + _CLOCKS_APART else at


def _held_back(line: Timeline, settings: RetentionSettings, now: datetime) -> str:
    """Why the clock can't be trusted with a deletion; a wrong clock would expire everything.

    A backup has two times: that of the host that took it, and the server's. Where they contradict
    one another, the earlier one counts: one night by a wrong clock neither proves that clock right,
    nor holds back for ever what comes after.
    """
    if line.is_outvoted:
        later = "the newest backup is" if line.to_come == 1 else f"{line.to_come} backups are"
        return (
            f"the clock says {now:%Y-%m-%d %H:%M}, and {later} of later; if it is right now,"
            " the next backups end this"
        )
    if not line.entries:
        return ""
    longest = timedelta(days=max(keep.days for keep in _by_kind(settings).values()))
    if line.newest_at is not None and now - line.newest_at > longest:
        days = (now - line.newest_at).days
        return f"the newest backup is {days} days old: the clock is wrong, or backups have stopped"
    if leap := leap_among(line, settings, now):
        return (
            f"no backup was taken from {leap.since:%Y-%m-%d %H:%M} to {leap.until:%Y-%m-%d %H:%M}:"
            f" the clock may have leapt; {settings.settle_days:g} days of backups after it end this"
            " (or [retention] settle_days = 0, if the clock is right)"
        )
    last = line.entries[-1]
    if gap := clock_gap(last.backup_id, last.snapshot_at, last.finished_at):
        return (
            f"when {last.backup_id} was taken, the clock of the host that took it was"
            f" {gap_told(gap)} the server's; once both are right, a new backup ends this"
        )
    return ""


def _reasons(line: Timeline, settings: RetentionSettings, now: datetime) -> Mapping[str, list[str]]:
    reasons: dict[str, list[str]] = defaultdict(list)
    groups: dict[_Group, list[CatalogEntry]] = defaultdict(list)
    alike: dict[_Alike, list[CatalogEntry]] = defaultdict(list)
    levels: dict[str, int] = {}
    for entry in line.entries:
        levels[entry.backup_id] = level = _level(entry)
        chosen, what = entry.selection, "" if entry.kind in _WHOLE else entry.kind.value
        groups[entry.database, entry.kind, chosen.schemas, chosen.tables].append(entry)
        alike[entry.database, what, chosen].append(entry)
        if not level:
            reasons[entry.backup_id].append(_NOT_VERIFIED)
        if entry.kept_because:
            reasons[entry.backup_id].append(f"protected: {entry.kept_because}")
    for (_, kind, *_), group in groups.items():
        for taken_at in line.readings:
            _Rules(group, levels, taken_at, reasons).keep(keep_of(settings, kind), now)
    for (_, _, selection), group in alike.items():
        _keep_newest(group, levels, selection, reasons)
    _keep_ancestors(line.entries, reasons)
    return reasons


def _level(entry: CatalogEntry) -> int:
    """The best level of its copies; where none is good, what it counts for instead."""
    best = _GONE
    for copy in entry.copies:
        if copy.state is _COMPLETE:
            # What was never read is kept for that, whether it can be read now or not.
            level = _REFUSED if copy.level and copy.is_refused else int(copy.level)
            best = max(best, level)
        elif copy.state is _DAMAGED_STATE:
            best = max(best, _DAMAGED)
    return best


def keep_of(settings: RetentionSettings, kind: BackupKind) -> KeepSettings:
    """The rules for backups of a kind."""
    return _by_kind(settings)[kind]


def _by_kind(settings: RetentionSettings) -> dict[BackupKind, KeepSettings]:
    return {
        BackupKind.FULL: settings.full,
        BackupKind.INCREMENTAL: settings.incremental,
        BackupKind.SCHEMA: settings.schema,
        BackupKind.DATA: settings.data,
        BackupKind.PHYSICAL: settings.full,
    }


@dataclass(frozen=True, slots=True)
class _Rules:
    """Days, count, and grandfather-father-son, for one kind of one database, oldest first."""

    group: Sequence[CatalogEntry]
    levels: Mapping[str, int]
    taken_at: Mapping[str, datetime]
    reasons: dict[str, list[str]]

    def keep(self, rules: KeepSettings, now: datetime) -> None:
        """Note why the rules keep what they keep."""
        since = now - timedelta(days=rules.days)
        for entry in self.group[bisect_left(self.group, since, key=self._at) :]:
            self._give(entry, f"younger than {rules.days:g} days")
        for standing, though in _standings_in(self.group, self.levels):
            for entry in islice(_standing(self.group, self.levels, standing), rules.count):
                self._note(entry, standing, f"one of the newest {rules.count}{though}")
            keep = partial(self._keep_last_of, standing, though)
            keep("day", rules.daily, lambda at: at.date())
            keep("week", rules.weekly, lambda at: at.isocalendar()[:2])
            keep("month", rules.monthly, lambda at: (at.year, at.month))
            keep("year", rules.yearly, lambda at: at.year)

    def _keep_last_of(
        self,
        standing: int,
        though: str,
        name: str,
        count: int,
        period: Callable[[datetime], object],
    ) -> None:
        last_of: dict[object, CatalogEntry] = {}
        for entry in _standing(self.group, self.levels, standing):
            if len(last_of) == count:
                break
            if last_of.setdefault(period(self._at(entry)), entry) is entry:
                self._note(entry, standing, f"the last of its {name}{though}")

    def _note(self, entry: CatalogEntry, standing: int, reason: str) -> None:
        """A reason, but where it has that already for being better than ``standing``."""
        if standing > 0 or self.levels[entry.backup_id] == standing:
            self._give(entry, reason)

    def _give(self, entry: CatalogEntry, reason: str) -> None:
        if reason not in self.reasons[entry.backup_id]:
            self.reasons[entry.backup_id].append(reason)

    def _at(self, entry: CatalogEntry) -> datetime:
        return self.taken_at[entry.backup_id]


def _standings_in(
    group: Iterable[CatalogEntry], levels: Mapping[str, int]
) -> list[tuple[int, str]]:
    """The standings that say something of a group: the good ones', and those of what it has.

    What is bad keeps the place that it would have if it were good, beside the good one that counts
    meanwhile: it may be repaired or can be read again, and none begins its time of grace because
    one of its copies turned bad.
    """
    there = {levels[each.backup_id] for each in group}
    return [each for each in _STANDINGS if each[0] > 0 or each[0] in there]


def _standing(
    group: Sequence[CatalogEntry], levels: Mapping[str, int], least: int
) -> Iterator[CatalogEntry]:
    """Those that count for so much or more, newest first; none that nobody has read yet."""
    found = ((each, levels[each.backup_id]) for each in reversed(group))
    return (each for each, level in found if level >= least and level)


def _keep_newest(
    group: Sequence[CatalogEntry],
    levels: Mapping[str, int],
    selection: Selection,
    reasons: dict[str, list[str]],
) -> None:
    """The newest good backup, and the newest that a restore has proven, whatever the rules say."""
    told = selection.words
    of = f" {told}" if told.startswith("without") else f" of {told}" if told else ""
    for standing, though in _standings_in(group, levels):
        newest = next(_standing(group, levels, standing), None)
        if newest is not None and (standing > 0 or levels[newest.backup_id] == standing):
            which = "the newest good one" if standing > 0 else "the newest"
            reasons[newest.backup_id].append(f"{which}{of}{though}")
    for standing in (VerificationLevel.RESTORED, _REFUSED):
        found = (e for e in _standing(group, levels, standing) if _is_proven(e, levels))
        newest = next(found, None)
        if newest is not None and (standing > 0 or levels[newest.backup_id] == standing):
            reasons[newest.backup_id].append(f"the newest{of} that a restore has proven")


def _is_proven(entry: CatalogEntry, levels: Mapping[str, int]) -> bool:
    """Whether a restore has proven it, be it that it can't be read now."""
    level = levels[entry.backup_id]
    return (entry.level if level == _REFUSED else level) >= VerificationLevel.RESTORED


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
    for entry in reversed(gone):
        if entry.backup_id in over and not children[entry.backup_id]:
            order.append(entry)
            children.subtract(entry.needs)
    return tuple(order)
