"""What the console says of backups: how old, how sure, in how many copies, what is next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.model.protection import BackupOverview, SetUpStep
from tests.tui import backup_frames as backups
from tests.tui import frames
from tests.unit.panes.overviews import HOUR, pane, view, well
from tests.unit.panes.shown import role_of_text, text_of
from tui.lines import Role
from tui.panes.backup_set_up import not_configured, set_up_lines
from tui.panes.backup_storage import storage_lines
from tui.panes.backups import backups_lines
from tui.panes.status import status_lines
from tui.panes.view import Mode

pytestmark = pytest.mark.usefixtures("utc")


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


def test_of_several_databases_the_one_is_named_whose_last_good_backup_is_told() -> None:
    old = backups.entry(frames.NOW - 30 * HOUR, database="billing")
    several = well(databases=("billing", "orders"), last_good=(backups.FULLS[0], old))
    assert "30 h ago  full of billing" in pane(several)
    assert " of " not in pane(backups.overview()).split("verified")[0]


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
