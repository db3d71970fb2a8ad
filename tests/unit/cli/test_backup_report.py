"""Backups told to people and to programs."""

from __future__ import annotations

from core.model.backup import CopyState, VerificationLevel
from tests.unit.backup.catalog_entries import entry
from tui.backup_report import entry_document, entry_table
from tui.lines import cell_width

UNREAD = entry(1, level=VerificationLevel.NONE)
DAMAGED = entry(1, level=VerificationLevel.NONE, state=CopyState.DAMAGED)


def test_a_backup_that_nobody_has_read_yet_is_neither_good_nor_bad() -> None:
    _, line = entry_table([UNREAD])
    assert "not verified yet" in line
    assert entry_document(UNREAD)["good"] is None


def test_a_backup_without_a_sound_copy_is_not_good() -> None:
    _, line = entry_table([DAMAGED])
    assert "NOT GOOD" in line
    assert entry_document(DAMAGED)["good"] is False


def test_a_backup_that_was_verified_is_good() -> None:
    _, line = entry_table([entry(1)])
    assert "sealed" in line
    assert entry_document(entry(1))["good"] is True


def test_a_copy_in_a_repository_that_the_config_has_no_more_is_told() -> None:
    made = entry(1)
    name = made.copies[0].repository
    for configured, told in (((), False), ((name,), True), (None, None)):
        (copy,) = entry_document(made, configured)["copies"]
        assert copy["configured"] is told
        assert ("(not in the config)" in list(entry_table([made], configured))[1]) is (
            told is False
        )


def test_columns_stand_under_each_other_also_after_a_wide_name() -> None:
    _, first, second = entry_table([entry(1, database="ünï 日本 🐘"), entry(2, database="plain")])
    assert cell_width(first[: first.index("2026-")]) == cell_width(second[: second.index("2026-")])
