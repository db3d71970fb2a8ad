"""Jobs told to people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.model.job import Job, JobKind, JobOrder, JobState, Progress
from tui.job_report import job_line, outcome_lines, progress_line

NOW = datetime(2026, 11, 20, 2, 5, tzinfo=UTC)

LINES = [
    (Progress(""), "begins"),
    (Progress("plan"), "plan"),
    (Progress("dump", 5 << 20, None, 1 << 20), "dump  5.00 MiB  1.00 MiB/s"),
    (
        Progress("dump", 256 << 20, 1 << 30, 64 << 20, 12),
        "dump  [######..................] 25 %  256 MiB of 1.00 GiB  64.0 MiB/s  12 s left",
    ),
    (
        Progress("dump", 2 << 30, 1 << 30, None, 0),
        "dump  [########################] 100 %  2.00 GiB of 1.00 GiB  0 s left",
    ),
]


@pytest.mark.parametrize(("progress", "line"), LINES)
def test_progress_is_told_on_one_line(progress: Progress, line: str) -> None:
    assert progress_line(progress, 100) == line


def test_a_narrow_terminal_gets_what_fits() -> None:
    assert progress_line(LINES[3][0], 20) == "dump  [######......."


def job(state: JobState, result: str, remedy: str = "") -> Job:
    order = JobOrder(JobKind.BACKUP, "shop", "anna", {"kind": "full"})
    began, ended = NOW - timedelta(minutes=4), NOW - timedelta(minutes=1)
    queued = Job("j1", order, JobState.QUEUED, Progress("dump"), "h", 1, began, began)
    return replace(queued, state=state, finished_at=ended, result=result, remedy=remedy)


def test_what_failed_stands_out_and_says_what_to_do() -> None:
    failed = job(JobState.FAILED, result="no\x1b[31m space", remedy="free some")
    assert outcome_lines(failed) == ["job j1 failed: no␛[31m space", "  do:  free some"]
    assert "  FAILED  full backup  shop  " in job_line(failed, NOW)
    assert job_line(failed, NOW).endswith("by anna  3 min 00 s  no␛[31m space")


def test_what_is_done_needs_nothing_to_be_done() -> None:
    done = job(JobState.DONE, result="took 3 GB")
    assert outcome_lines(done) == ["job j1 done: took 3 GB"]
