"""What the console says of one backup and its copies: where, how far verified, why kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.model.backup import CopyState, Manifest, VerificationLevel
from core.model.backup_history import HistoryRow, Outcome
from core.model.unconfigured import UnconfiguredRepository
from tests.tui import backup_frames as backups
from tests.tui import frames
from tests.unit.panes.overviews import HOUR, pane, view, well
from tests.unit.panes.shown import role_of_text, text_of
from tui.lines import Role, width_of
from tui.panes.backup import backup_lines
from tui.panes.backup_words import copies_count, outcome_word
from tui.panes.backups import above_lines, backups_lines
from tui.panes.backups_table import BACKUP_COLUMNS, backup_rows

pytestmark = pytest.mark.usefixtures("utc")


def test_a_missing_copy_is_named() -> None:
    only = backups.FULLS[0]
    lost = replace(only, copies=only.copies[:1])
    assert "1 of 2 ▲  offsite missing" in pane(well(last_good=(lost,)))


def test_one_that_was_ordered_for_one_place_lacks_nothing_in_others() -> None:
    only = replace(backups.FULLS[0], copies=backups.FULLS[0].copies[:1])
    ordered = replace(only, meant_for=(only.copies[0].repository,))
    text = pane(well(last_good=(ordered,)))
    assert ("1 of 1" in text, "missing" in text) == (True, False)
    overview, row = backups.overview(), backups.overview().history.rows[0]
    (shown,) = backup_rows(view(overview), overview, (replace(row, entry=ordered),))
    assert "1 of 1" in [cell.text for cell in shown.cells]


def test_bad_copies_of_other_backups_are_counted() -> None:
    from core.model.protection import BadCopies

    assert "3 bad in others" in pane(well(bad_copies=BadCopies((), 3)))


def test_what_is_wrong_with_a_copy_is_told_whole_above_the_history() -> None:
    lines = above_lines(view(backups.trouble()), backups.trouble(), 80)
    text = " ".join(text_of(lines).split())
    assert "(1 more): artifacts/0042.sealed: chunk 17 is not what was sealed" in text
    assert all(width_of(each) <= 80 for each in lines)


def test_the_time_of_a_damaged_copy_is_not_that_of_the_backups_verification() -> None:
    good, bad = backups.FULLS[0].copies
    damaged = replace(
        bad,
        state=CopyState.DAMAGED,
        level=VerificationLevel.NONE,
        verified_at=frames.seconds_ago(7),
        problem="chunk 17",
    )
    entry = replace(backups.FULLS[0], copies=(good, damaged))
    overview = well(history=backups.in_order([backups.row(entry)]))
    (row,) = backup_rows(view(overview), overview, overview.history.rows)
    told = {column.key: cell.text for column, cell in zip(BACKUP_COLUMNS, row.cells, strict=True)}
    assert told["verified"] == "structure, 11 h ago"


@pytest.mark.parametrize("minutes", [4, 59, 60 * 23])
def test_the_longest_verification_stands_whole_in_its_column(minutes: int) -> None:
    at = frames.seconds_ago(60 * minutes)
    copies = tuple(replace(each, verified_at=at) for each in backups.FULLS[0].copies)
    entry = replace(backups.FULLS[0], copies=copies)
    overview = well(history=backups.in_order([backups.row(entry)]))
    (row,) = backup_rows(view(overview), overview, overview.history.rows)
    for column, cell in zip(BACKUP_COLUMNS, row.cells, strict=True):
        if column.key in {"verified", "outcome"}:
            assert len(cell.text) <= column.width


def test_every_outcome_stands_whole_in_its_column() -> None:
    (column,) = (each for each in BACKUP_COLUMNS if each.key == "outcome")
    assert max(len(outcome_word(each).text) for each in Outcome) <= column.width


def test_imported_backups_that_nobody_read_back_are_neither_good_nor_failed() -> None:
    plain = backups.entry(frames.NOW - HOUR, level=VerificationLevel.NONE)
    imported = replace(
        backups.not_yet(), history=backups.in_order([HistoryRow(plain.snapshot_at, None, plain)])
    )
    lines = backups_lines(view(imported), 60, 12)
    assert "last good  ? none is verified yet" in text_of(lines)
    assert role_of_text(lines, "none is verified") is Role.UNKNOWN
    assert next(row for row in text_of(lines).splitlines() if "results" in row).split()[1] == "?"


def test_a_row_says_why_a_backup_is_kept_or_failed() -> None:
    overview = backups.overview()
    rows = backup_rows(view(overview), overview, overview.history.rows)
    note = [column.key for column in BACKUP_COLUMNS].index("note")
    notes = {row.cells[note].text for row in rows}
    assert {"kept: archive", "the disk of staging is full"} <= notes


def test_the_history_tells_a_size_beside_that_of_the_tables_on_the_server() -> None:
    place = [column.key for column in BACKUP_COLUMNS].index("ratio")
    quarter = replace(backups.entry(frames.NOW - HOUR, sealed=25), table_bytes=100)
    schema = replace(quarter, table_bytes=0)
    earlier = replace(quarter, table_bytes=None)
    overview = well()
    told = [
        backup_rows(view(overview), overview, (backups.row(each),))[0].cells[place].text
        for each in (quarter, schema, earlier)
    ]
    assert told == ["25 %", "-", "-"]
    text = text_of(backup_lines(view(None), backups.detail(backups.FULLS[0]), 100))
    assert "8.00 GiB  21 % of its tables" in text
    assert "38.0 GiB  without indexes" in text


def test_what_is_not_in_a_backup_is_told_with_its_manifest() -> None:
    made = backups.detail(backups.FULLS[0])
    assert isinstance(made.manifest, Manifest)
    lacking = replace(made.manifest, warnings=("pg_dump: subscriptions\u202e not dumped",))
    lines = backup_lines(view(None), replace(made, manifest=lacking), 100)
    assert r"! pg_dump: subscriptions\u202e not dumped" in text_of(lines)
    assert role_of_text(lines, "subscriptions") is Role.WARNING


def test_a_backup_that_nobody_read_back_is_labelled() -> None:
    plain = backups.entry(frames.NOW - HOUR, level=VerificationLevel.NONE)
    overview = well(last_good=(plain,))
    (row,) = backup_rows(view(overview), overview, (backups.row(plain),))
    assert "? not verified yet" in [cell.text for cell in row.cells]
    assert "? unverified" in [cell.text for cell in row.cells]


def test_an_ancestor_that_nobody_read_back_is_neither_good_nor_bad() -> None:
    made = backups.entry(frames.NOW - HOUR)
    plain = backups.entry(frames.NOW - 2 * HOUR, level=VerificationLevel.NONE)
    text = text_of(backup_lines(view(None), replace(backups.detail(made), ancestors=(plain,)), 100))
    assert "? not verified yet" in text
    assert "not good" not in text


def test_a_backup_tells_its_damaged_copy_and_what_it_lacks_of_its_chain() -> None:
    bad = backups.trouble().last_good[0]
    orphan = replace(bad, needs=frozenset({"20260101T000000Z-full-00000000"}))
    text = text_of(backup_lines(view(None), replace(backups.detail(orphan), entry=orphan), 100))
    assert "✖ damaged" in text
    assert "chunk 17 is not what was sealed" in text
    assert "✖ needs 20260101T000000Z-full-00000000, of which nothing is known" in text


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (CopyState.COMPLETE, "complete     ? not verified yet  nothing of it was read back"),
        (CopyState.MISSING, "▲ missing"),
    ],
)
def test_a_copy_that_was_never_verified_says_so_as_long_as_it_may_be_good(
    state: CopyState, told: str
) -> None:
    made = backups.entry(frames.NOW - HOUR)
    copy = replace(made.copies[0], state=state, level=VerificationLevel.NONE)
    text = text_of(
        backup_lines(view(None), replace(backups.detail(made), entry=replace(made, copies=(copy,))),
                     100)
    )  # fmt: skip
    assert told in text
    assert ("not verified yet" in text) is (state is CopyState.COMPLETE)


def test_a_copy_in_a_repository_that_the_config_has_no_more_is_named() -> None:
    left = (UnconfiguredRepository("offsite", 3),)
    overview = well(configured=("local",), copies_wanted=("local",), unconfigured=left)
    assert "2 of 2 ▲  offsite not in the config" in pane(overview)
    made = backups.FULLS[0]
    text = text_of(backup_lines(view(overview), backups.detail(made), 100))
    assert "complete     ▲ not in the config" in text
    (row,) = backup_rows(view(overview), overview, (HistoryRow(made.snapshot_at, None, made),))
    assert row.cells[-1].text == "offsite: not in the config"


def test_a_repository_that_the_config_has_no_more_lacks_no_copy() -> None:
    made = replace(backups.FULLS[0], meant_for=("local", "old"), copies=backups.FULLS[0].copies[:1])
    assert copies_count(made, well()).text == "1 of 1"
    assert copies_count(made, well(configured=())).text == "1 of 2 ▲"
