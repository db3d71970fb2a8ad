"""Backups told to people and to programs."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from core.model.backup import CopyState, VerificationLevel
from tests.unit.backup.catalog_entries import entry
from tui.backup_report import entry_document, entry_table, restore_lines

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


@pytest.mark.parametrize("name", ["a=b", "wé'ird \"=\\db", "postgresql://elsewhere/x"])
def test_pg_restore_is_led_to_a_database_of_an_awkward_name(name: str, tmp_path: Path) -> None:
    words = shlex.split(list(restore_lines(entry(1, database=name), tmp_path))[-1])
    assert conninfo_to_dict(words[words.index("-d") + 1]) == {"dbname": name}
