"""Backups told to people and to programs."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from core.model.backup import CopyState, VerificationLevel
from tests.unit.backup.catalog_entries import entry
from tui.backup_report import entry_document, entry_table, restore_lines
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


@pytest.mark.parametrize("name", ["a=b", "wé'ird \"=\\db", "postgresql://elsewhere/x"])
def test_pg_restore_is_led_to_a_database_of_an_awkward_name(name: str, tmp_path: Path) -> None:
    words = shlex.split(list(restore_lines(entry(1, database=name), tmp_path))[-1])
    assert conninfo_to_dict(words[words.index("-d") + 1]) == {"dbname": name}


@pytest.mark.parametrize("name", ["new\nline's \\ end", "tab\tand = bell\x07"])
def test_a_name_that_does_not_show_can_be_copied_into_a_shell(name: str, tmp_path: Path) -> None:
    *_, create, restore = restore_lines(entry(1, database=name), tmp_path)
    assert create.isprintable()
    assert restore.isprintable()
    assert as_bash_reads(create)[-1] == name
    words = as_bash_reads(restore)
    target = words[words.index("-d") + 1]
    assert (conninfo_to_dict(target)["dbname"] if "=" in name else target) == name


def as_bash_reads(command: str) -> list[str]:
    """The words of a command, its first left out."""
    told = subprocess.run(
        ["bash", "-c", f"set -- {command}; printf '%s\\0' \"$@\""],
        check=True,
        capture_output=True,
    )
    return told.stdout.decode().split("\0")[1:-1]


def test_columns_stand_under_each_other_also_after_a_wide_name() -> None:
    _, first, second = entry_table([entry(1, database="ünï 日本 🐘"), entry(2, database="plain")])
    assert cell_width(first[: first.index("2026-")]) == cell_width(second[: second.index("2026-")])
