"""What can be recovered: backups as moments, and gaps with their reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.api.restore_moments import newest_before
from core.model.backup import BackupKind, CatalogEntry, CopyState
from core.model.recovery import RecoveryTimeline
from core.restore.timeline import recovery_timeline
from tests.unit.backup.catalog_entries import NOW, entry

DAY = 86_400.0


def line(entries: Sequence[CatalogEntry], *, objective: float | None = 2 * DAY) -> RecoveryTimeline:
    return recovery_timeline(entries, keys={"k"}, objective_seconds=objective, now=NOW)


def damaged(of: CatalogEntry) -> CatalogEntry:
    copies = tuple(replace(c, state=CopyState.DAMAGED, problem="a byte") for c in of.copies)
    return replace(of, copies=copies)


def test_each_backup_is_a_moment_newest_first() -> None:
    found = line([entry(2), entry(1), entry(3)])
    assert [each.entry.backup_id for each in found.points] == ["full-1", "full-2", "full-3"]
    assert all(each.is_usable for each in found.points)


def test_one_whose_copies_are_bad_says_so_and_so_does_the_gap_that_it_leaves() -> None:
    found = line([entry(3), damaged(entry(2)), entry(1)])
    point = found.point("full-2")
    assert point is not None
    assert "damaged: a byte" in point.why_not
    (gap,) = (each for each in found.gaps if each.after is not None and each.until is not None)
    assert (gap.after, gap.until) == (entry(3).moment, entry(1).moment)
    assert gap.why.startswith("a backup can't be used: local: the copy is damaged")


def test_one_without_its_key_can_not_be_used() -> None:
    found = line([replace(entry(1), key_id="lost")])
    assert "key lost, which is not at hand" in found.points[0].why_not
    (gap,) = found.gaps
    assert (gap.after, gap.until) == (None, None)


def test_too_long_without_a_backup_is_a_gap_an_ordinary_step_is_none() -> None:
    found = line([entry(9), entry(4), entry(3), entry(1)])
    between = [each for each in found.gaps if each.after is not None and each.until is not None]
    assert [(each.after, each.until) for each in between] == [(entry(9).moment, entry(4).moment)]
    assert "no backup for 120.0 h; the objective is one each 48.0 h" in between[0].why
    assert not [e for e in line([entry(9), entry(4)], objective=None).gaps if "objective" in e.why]


def test_before_the_first_and_after_the_last_nothing_is_to_be_had() -> None:
    newest, oldest = line([entry(2), entry(1)]).gaps
    assert (newest.after, newest.until) == (entry(1).moment, None)
    assert newest.why == "what changed since is in no backup yet"
    assert (oldest.after, oldest.until) == (None, entry(2).moment)
    assert oldest.why == "no older backup is kept"


def test_a_backup_of_the_schema_alone_closes_no_gap() -> None:
    found = line([entry(4), entry(2, kind=BackupKind.SCHEMA), entry(0.5)])
    assert any(e.after == entry(4).moment and e.until == entry(0.5).moment for e in found.gaps)
    assert len(found.points) == 3


def test_the_gaps_are_of_one_database_each() -> None:
    found = line([entry(1), entry(9, database="other")])
    newest = {each.database: each.after for each in found.gaps if each.until is None}
    assert newest[entry(1).database] == entry(1).moment
    assert newest["other"] == entry(9).moment


def test_the_newest_before_a_moment_is_one_that_can_be_used() -> None:
    found = line([entry(3), damaged(entry(2)), entry(1)])
    before = newest_before(found, entry(1.5).moment, "orders")
    assert before is not None
    assert before.entry.backup_id == "full-3"
    assert newest_before(found, entry(5).moment, "orders") is None
