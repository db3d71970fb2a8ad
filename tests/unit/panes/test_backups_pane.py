"""What the console says of backups: how old, how sure, in how many copies, what is next."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.model.backup import CopyState, VerificationLevel
from core.model.backup_history import HistoryRow, Outcome
from core.model.job import JobState, Progress
from core.model.protection import BackupOverview, SetUpStep
from core.model.unconfigured import UnconfiguredRepository
from tests.tui import backup_frames as backups
from tests.tui import frames
from tests.unit.panes.shown import role_of_text, text_of, view_of
from tui.lines import Role, width_of
from tui.panes.backup import backup_lines
from tui.panes.backup_set_up import not_configured, set_up_lines
from tui.panes.backup_storage import storage_lines
from tui.panes.backup_words import copies_count, outcome_word
from tui.panes.backups import above_lines, backups_lines
from tui.panes.backups_table import BACKUP_COLUMNS, backup_rows
from tui.panes.schedules import schedule_rows, schedules_lines
from tui.panes.status import status_lines
from tui.panes.view import Mode, View

pytestmark = pytest.mark.usefixtures("utc")

HOUR = timedelta(hours=1)


def view(overview: BackupOverview | None, mode: Mode = Mode.LIVE) -> View:
    return view_of(replace(frames.calm(), backups=overview), mode)


def pane(overview: BackupOverview | None, mode: Mode = Mode.LIVE, width: int = 60) -> str:
    return text_of(backups_lines(view(overview, mode), width, 12))


def well(**changes: object) -> BackupOverview:
    return replace(backups.overview(), **changes)  # type: ignore[arg-type]


def test_before_the_store_was_read_nothing_is_claimed() -> None:
    assert "has not been read yet" in pane(None)


def test_a_calm_pane_has_no_sign_of_alarm() -> None:
    text = pane(backups.overview())
    assert "last good  12 h ago  full" in text
    assert "structure, 11 h ago" in text
    assert "2 of 2" in text
    assert not {"▲", "✖"} & set(text)


@pytest.mark.parametrize(
    ("hours", "sign", "role"),
    [(35, "", Role.NUMBER), (36, "▲", Role.WARNING), (48, "✖", Role.CRITICAL)],
)
def test_age_is_labelled_where_it_crosses_the_objective(hours: int, sign: str, role: Role) -> None:
    late = well(last_good=(backups.entry(frames.NOW - hours * HOUR),))
    lines = backups_lines(view(late), 60, 12)
    assert sign in text_of(lines)
    assert role_of_text(lines, "ago") is role
    assert ("limit 1 d" in text_of(lines)) is bool(sign)


def test_without_an_objective_age_is_told_and_not_judged() -> None:
    old = well(last_good=(backups.entry(frames.NOW - 900 * HOUR),), objective_seconds=None)
    assert "37 d ago" in pane(old)
    assert "✖" not in pane(old)


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


def test_of_several_databases_the_one_is_named_whose_last_good_backup_is_told() -> None:
    old = backups.entry(frames.NOW - 30 * HOUR, database="billing")
    several = well(databases=("billing", "orders"), last_good=(backups.FULLS[0], old))
    assert "30 h ago  full of billing" in pane(several)
    assert " of " not in pane(backups.overview()).split("verified")[0]


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


def test_before_the_first_backup_a_key_that_nobody_confirmed_is_the_step_that_is_told() -> None:
    unkept = replace(backups.not_yet(), missing=frozenset({SetUpStep.KEY_CONFIRMED}))
    text = pane(unkept)
    assert "not set up" in text
    assert "pgvigil key confirm" in text
    assert "none yet" not in text


def test_after_the_last_step_b_takes_the_first_backup_unless_the_config_is_to_be_read_anew() -> (
    None
):
    unkept = replace(backups.not_yet(), missing=frozenset({SetUpStep.KEY_CONFIRMED}))
    assert "here with b" in text_of(set_up_lines(unkept, 80))
    nowhere = replace(unkept, missing=frozenset({SetUpStep.COPIES}))
    assert "open pgvigil again" in text_of(set_up_lines(nowhere, 80))


def test_beside_backups_that_are_there_a_key_that_nobody_confirmed_is_told_too() -> None:
    unkept = well(missing=frozenset({SetUpStep.KEY_CONFIRMED}))
    text = pane(unkept)
    assert "▲ none begins before: pgvigil key confirm" in text
    assert "last good  12 h ago" in text


def test_a_job_that_has_said_nothing_yet_begins() -> None:
    job = replace(backups.JOB, progress=Progress(""))
    assert "full backup of orders  begins" in pane(well(jobs=(job,)))


@pytest.mark.parametrize("width", [42, 60, 90])
def test_the_rules_of_schedules_stand_whole_beside_the_history(width: int) -> None:
    sentence = "At minute 0 past every hour from 9 through 17 on every day-of-week from 1 through 5"
    long = replace(backups.SCHEDULES[1], sentence=sentence)
    overview = well(schedules=(backups.SCHEDULES[0], long))
    lines = schedules_lines(view(overview), overview, width)
    assert sentence in " ".join(text_of(lines).split())
    assert all(width_of(each) <= width for each in lines)


def test_a_database_without_a_backup_is_named() -> None:
    lacking = well(databases=("orders", "billing"))
    assert "▲ none of billing yet" in pane(lacking)
    attempt = backups.failed(frames.NOW - HOUR, "no space left")
    assert attempt.run is not None
    billing = replace(attempt, run=replace(attempt.run, database="billing"))
    tried = replace(lacking, history=backups.in_order([*lacking.history.rows, billing]))
    assert "✖ none of billing" in pane(tried)


def test_none_yet_is_calm_and_none_after_attempts_is_critical() -> None:
    assert "last good  none yet" in pane(backups.not_yet())
    failed = replace(backups.trouble(), last_good=())
    assert "✖ none" in pane(failed)


def test_while_the_first_one_is_taken_nothing_has_failed() -> None:
    text = pane(replace(backups.not_yet(), jobs=(backups.JOB,)))
    assert "last good  the first is running" in text
    assert "none" not in text


def test_imported_backups_that_nobody_read_back_are_neither_good_nor_failed() -> None:
    plain = backups.entry(frames.NOW - HOUR, level=VerificationLevel.NONE)
    imported = replace(
        backups.not_yet(), history=backups.in_order([HistoryRow(plain.snapshot_at, None, plain)])
    )
    lines = backups_lines(view(imported), 60, 12)
    assert "last good  ? none is verified yet" in text_of(lines)
    assert role_of_text(lines, "none is verified") is Role.UNKNOWN
    assert next(row for row in text_of(lines).splitlines() if "results" in row).split()[1] == "?"


def test_only_the_steps_that_are_open_are_told() -> None:
    text = pane(BackupOverview(missing=frozenset({SetUpStep.REPOSITORY, SetUpStep.COPIES})))
    assert "[repositories.local]" in text
    assert "key init" not in text


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (frozenset({SetUpStep.REPOSITORY, SetUpStep.KEY}), "says nothing of backups"),
        (frozenset({SetUpStep.KEY}), "No key is here"),
        (frozenset(), ""),
    ],
)
def test_above_backups_that_are_there_it_is_told_what_hinders_further_ones(
    missing: frozenset[SetUpStep], told: str
) -> None:
    text = "".join(span.text for span in not_configured(well(missing=missing)))
    assert told in text
    assert bool(text) == bool(missing)


def test_a_running_job_has_its_bar_rate_and_time_left() -> None:
    text = pane(backups.running())
    assert "full backup of orders  dumping and sealing" in text
    assert "62 %  118 MiB/s  26 s left" in text


def test_without_a_total_there_is_no_share_of_it() -> None:
    job = replace(backups.JOB, progress=Progress("dumping", 5 << 30, None, 1024.0))
    text = pane(well(jobs=(job,)))
    assert "5.00 GiB  1.00 KiB/s" in text
    assert " %  5.00" not in text


def test_a_job_that_gives_no_sign_of_life_says_so() -> None:
    job = replace(backups.JOB, heartbeat_at=frames.seconds_ago(90))
    assert "▲ no sign of life for 1 min 30 s" in pane(well(jobs=(job,)))


def test_a_job_that_was_asked_to_stop_is_stopping() -> None:
    job = replace(backups.JOB, cancel_asked=True)
    assert "full backup of orders  stopping" in pane(well(jobs=(job,)))
    queued = replace(backups.JOB, state=JobState.QUEUED)
    assert "full backup of orders  begins" in pane(well(jobs=(queued,)))


def test_the_newest_result_stands_at_the_right() -> None:
    row = next(line for line in pane(backups.trouble()).splitlines() if "results" in line)
    assert "•✖✖✖  91 % in 7 d" in row


def test_nothing_is_planned_in_the_past() -> None:
    assert "next" not in pane(backups.overview(), Mode.REWOUND)


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


def due(**changes: object) -> BackupOverview:
    """An incremental backup was to begin ten minutes ago."""
    at = frames.NOW - HOUR / 6
    waiting = replace(backups.SCHEDULES[1], due_at=at, **changes)  # type: ignore[arg-type]
    return well(schedules=(backups.SCHEDULES[0], waiting))


def test_a_run_that_waits_says_since_when_and_comes_before_what_is_planned() -> None:
    assert "next       incremental waiting since 13:53:27" in pane(due())
    first, second = schedule_rows(view(due()), due().schedules)
    assert (first.key, first.cells[1].text) == ("incremental", "waiting since 13:53:27")
    assert (second.key, second.cells[1].text) == ("full", "2026-03-15 02:00:00")
    assert "incremental waiting since 13:53:27" in text_of(status_lines(view(due()), 120))


def test_a_run_that_is_late_says_so() -> None:
    late = due(is_late=True)
    lines = backups_lines(view(late), 60, 12)
    assert role_of_text(lines, "▲ late since 13:53:27") is Role.WARNING
    assert "job late" in text_of(status_lines(view(late), 60))


def test_a_moment_that_came_since_all_was_read_is_not_told_as_a_coming_one() -> None:
    at = frames.NOW - timedelta(seconds=3)
    came = well(schedules=(replace(backups.SCHEDULES[0], next_at=at),))
    assert "next       full waiting since 14:03:24" in pane(came)


def test_a_paused_schedule_comes_last_and_says_so() -> None:
    rows = schedule_rows(view(backups.trouble()), backups.trouble().schedules)
    assert rows[-1].key == "incremental"
    assert rows[-1].cells[1].text == "paused"


def test_a_quota_is_labelled_where_it_is_nearly_used_up() -> None:
    text = text_of(storage_lines(view(backups.trouble()), 60, 40))
    assert "243 GiB of 250 GiB  97 % ✖" in text
    assert "212 GiB of 250 GiB  85 % ▲" in text
    assert "no quota set" in text_of(storage_lines(view(backups.overview()), 60, 40))


def test_of_the_past_nothing_is_denied_that_is_not_known() -> None:
    past = replace(backups.overview(), storage=(), repositories=())
    text = text_of(storage_lines(view(past, Mode.REWOUND), 60, 40))
    assert text.count("? not kept of the past") == 2
    assert "nothing is stored" not in text
    assert "none is configured" not in text
    assert "job" not in text_of(status_lines(view(past, Mode.REWOUND), 120))


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
