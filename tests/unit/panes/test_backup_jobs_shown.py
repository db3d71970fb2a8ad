"""What the console says of jobs under way and of schedules: how far, what is next, what waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.model.job import JobState, Progress
from core.model.protection import BackupOverview
from tests.tui import backup_frames as backups
from tests.tui import frames
from tests.unit.panes.overviews import HOUR, pane, view, well
from tests.unit.panes.shown import role_of_text, text_of
from tui.lines import Role, width_of
from tui.panes.backups import backups_lines
from tui.panes.schedules import schedule_rows, schedules_lines
from tui.panes.status import status_lines
from tui.panes.view import Mode

pytestmark = pytest.mark.usefixtures("utc")


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
