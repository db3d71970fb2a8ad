"""The plan of a prune told to people and to programs."""

from __future__ import annotations

from dataclasses import replace

from core.backup.prune.plan import RepositoryPlan
from core.backup.retention import plan_prune
from core.model.backup import BackupKind, Selection
from tests.unit.backup.catalog_entries import NOW, entry
from tests.unit.backup.planned import DAYS_ALONE
from tui.care_report import plan_document, plan_lines

CHOSEN = Selection(schemas=("w\x1beb",), excluded_tables=("web.log",))


def planned() -> RepositoryPlan:
    """An old and an older backup of a selection, beside full ones."""
    chosen = [replace(entry(d, kind=BackupKind.DATA), selection=CHOSEN) for d in (90, 80)]
    return RepositoryPlan("local", "shop", plan_prune([*chosen, entry(1)], DAYS_ALONE, NOW))


def test_the_plan_names_what_was_chosen_and_of_what_the_newest_stays() -> None:
    lines = list(plan_lines(planned()))
    (expire,) = (each for each in lines if "EXPIRE" in each)
    assert "data-90  orders, schemas w" in expire
    (keep,) = (each for each in lines if "keep" in each and "data-80" in each)
    assert keep.endswith("eb; without tables web.log")
    assert "the newest good one of schemas w" in keep
    assert not any("\x1b" in each for each in lines)


def test_a_backup_of_everything_is_told_by_its_database_alone() -> None:
    (line,) = (each for each in plan_lines(planned()) if "full-1" in each)
    assert "full-1  orders  " in line


def test_programs_are_told_what_was_chosen() -> None:
    (told,) = plan_document(planned())["expire"]
    assert told["selection"] == {
        "schemas": ("w\x1beb",),
        "tables": (),
        "excluded_schemas": (),
        "excluded_tables": ("web.log",),
    }
