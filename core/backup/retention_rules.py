"""Why a backup stays: the rules of retention, and what must stay whatever they say."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from core.backup.timeline import Timeline
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.model.backup import BackupKind, CatalogEntry, CopyState, Selection, VerificationLevel

_COMPLETE, _DAMAGED_STATE = CopyState.COMPLETE, CopyState.DAMAGED
_WHOLE = frozenset({BackupKind.FULL, BackupKind.INCREMENTAL})
NOT_VERIFIED = "not verified yet: pgvigil backup verify"
"""Why one of which nobody here has read a copy stays, for now."""

THOUGH_DAMAGED = ", though damaged"
"""How the reason ends that is one of a damaged backup's."""

_GONE, _DAMAGED, _REFUSED = -3, -2, -1
"""What a backup counts for that has no copy which was read and is good; 0: none was read yet."""
_STANDINGS = (
    (int(VerificationLevel.SEALED), ""),
    (_REFUSED, ", though it can't be read now"),
    (_DAMAGED, THOUGH_DAMAGED),
)
"""What each rule keeps: the good ones; and what it would keep if these were good."""

_Group = tuple[str, BackupKind, tuple[str, ...], tuple[str, ...]]
"""Whose rules are counted together: the database, the kind, and the schemas and tables picked."""
_Alike = tuple[str, str, Selection]
"""What stands in for one another in a restore: the database, the kind (empty: all of it), and what
was picked and left out."""


def reasons_to_stay(
    line: Timeline, settings: RetentionSettings, now: datetime
) -> Mapping[str, list[str]]:
    """Every reason of each backup that has one, by its id; what has none may go."""
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
            reasons[entry.backup_id].append(NOT_VERIFIED)
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
    return keep_by_kind(settings)[kind]


def keep_by_kind(settings: RetentionSettings) -> dict[BackupKind, KeepSettings]:
    """The rules for backups of every kind."""
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
    for standing, _ in _standings_in(group, levels):
        found = (e for e in _standing(group, levels, standing) if _is_proven(e))
        newest = next(found, None)
        if newest is not None and (standing > 0 or levels[newest.backup_id] == standing):
            reasons[newest.backup_id].append(f"the newest{of} that a restore has proven")


def _is_proven(entry: CatalogEntry) -> bool:
    """Whether a restore has proven its bytes, be it from a copy elsewhere, or one that is gone."""
    complete = (copy.level for copy in entry.copies if copy.state is _COMPLETE)
    return entry.was_restored or max(complete, default=0) >= VerificationLevel.RESTORED


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
