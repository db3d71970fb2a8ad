"""What becomes of a schedule's moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from core.config.schedule_settings import SchedulerSettings
from core.config.window import Window
from core.model.job import Job, JobKind, JobOrder, JobState, Progress
from core.model.schedule import RunState
from core.schedule.conditions import NOTHING_ASKED, Answer, Verdict
from core.schedule.cron import CronTrigger
from core.schedule.planner import Plan, Planned, Situation, plan
from core.store.runs import Known

SETTINGS = SchedulerSettings(
    late_hours=12, late_after_seconds=60, unknown_seconds=300, missed_listed=3
)
NIGHTLY = Planned("nightly", "shop", JobKind.BACKUP, CronTrigger("0 2 * * *"))
HOURLY = Planned("hourly", "shop", JobKind.BACKUP, CronTrigger("0 * * * *"))
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


def decided(
    now: str,
    planned: Planned = NIGHTLY,
    *,
    known: Known | None = None,
    last: str = "",
    again: Sequence[str] = (),
    under_way: Sequence[Job] = (),
    verdict: Verdict = NOTHING_ASKED,
    failed_starts: int = 0,
) -> Plan:
    situation = Situation(
        now=at(now),
        known=known or Known(since=at("01T00:00")),
        last=at(last) if last else None,
        again=[at(moment) for moment in again],
        under_way=under_way,
        verdict=verdict,
        failed_starts=failed_starts,
    )
    return plan(planned, situation, SETTINGS)


def job(schedule: str = "nightly", kind: JobKind = JobKind.BACKUP, began: str = "20T02:00") -> Job:
    order = JobOrder(kind, "shop", "anna", {"kind": "full"}, schedule)
    return Job("j1", order, JobState.RUNNING, Progress(""), "h", 1, at(began), at(began))


def only(plan: Plan) -> tuple[RunState, str]:
    """What became of the one moment for which nothing is started."""
    assert plan.start is None
    [run] = plan.settled
    return run.state, run.why


def test_before_its_moment_nothing_becomes_of_it() -> None:
    assert decided("20T01:59:59", last="19T02:00") == Plan()


def test_what_is_due_begins() -> None:
    due = decided("20T02:00:01", last="19T02:00")
    assert due.start is not None
    assert (due.start.planned_at, due.start.state, due.start.why) == (
        at("20T02:00"),
        RunState.STARTED,
        "",
    )
    assert due.start.started_at == at("20T02:00:01")
    assert due.settled == ()


def test_a_moment_of_which_something_became_is_over() -> None:
    assert decided("20T02:05", last="20T02:00") == Plan()


def test_moments_before_a_schedule_was_known_are_none_of_its() -> None:
    assert decided("20T02:05", known=Known(since=at("20T02:01"))) == Plan()


def test_what_was_missed_runs_once_when_somebody_is_back_and_says_that_it_is_late() -> None:
    late = decided("20T05:30", last="19T02:00")
    assert late.start is not None
    assert (late.start.state, late.start.why) == (
        RunState.LATE,
        "3 h 30 min late: it could not be started before",
    )


def test_of_several_that_were_missed_the_newest_runs_and_the_others_say_so() -> None:
    late = decided("20T12:10", HOURLY, last="20T09:00")
    assert late.start is not None
    assert late.start.planned_at == at("20T12:00")
    assert [(run.planned_at, run.state) for run in late.settled] == [
        (at("20T10:00"), RunState.MISSED),
        (at("20T11:00"), RunState.MISSED),
    ]
    assert late.settled[0].why == (
        "nobody was there to start it; the one of 2026-11-20 12:00 UTC comes in its place"
    )


def test_a_long_absence_fills_no_history() -> None:
    late = decided("20T12:10", HOURLY, last="01T00:00")
    assert [run.planned_at for run in late.settled] == [at(f"20T{h:02}:00") for h in (9, 10, 11)]
    assert "more before it" in late.settled[0].why
    assert "464 more" in late.settled[0].why


def test_a_rare_moment_that_was_missed_long_ago_is_told_too() -> None:
    yearly = replace(NIGHTLY, trigger=CronTrigger("0 1 1 1 *"))
    long_known = Known(since=at("01T00:00").replace(year=2025))
    state, why = only(decided("20T02:00", yearly, known=long_known))
    assert state is RunState.MISSED
    assert "323 days late is too late" in why


def test_what_is_too_old_is_missed() -> None:
    assert only(decided("20T14:01", last="19T02:00")) == (
        RunState.MISSED,
        "12 h 1 min late is too late (late_hours = 12)",
    )


def test_a_run_beside_the_one_before_of_the_same_schedule_overlaps() -> None:
    state, why = only(decided("20T02:00:01", last="19T02:00", under_way=[job(began="19T02:00")]))
    assert state is RunState.OVERLAPPING
    assert why == (
        "the full backup that began 2026-11-19 02:00 UTC (job j1) of the same schedule was still "
        "under way"
    )


def test_a_run_beside_another_of_its_kind_waits_and_is_late() -> None:
    by_hand = [job("", began="20T01:50")]
    waiting = decided("20T02:00:01", last="19T02:00", under_way=by_hand)
    assert (waiting.settled, waiting.start) == ((), None)
    assert waiting.waits_for == (
        "waits for the full backup that began 2026-11-20 01:50 UTC (job j1)"
    )
    late = decided("20T02:20", last="19T02:00")
    assert late.start is not None
    assert late.start.state is RunState.LATE


def test_a_run_that_waited_until_its_successor_was_due_says_for_what() -> None:
    waited = decided("20T03:00:01", HOURLY, last="20T01:00", under_way=[job("", began="20T01:50")])
    [missed] = waited.settled
    assert missed.state is RunState.MISSED
    assert "(job j1) was under way; the one of 2026-11-20 03:00 UTC comes" in missed.why


@pytest.mark.parametrize("kind", [JobKind.VERIFY, JobKind.PRUNE])
def test_jobs_of_another_kind_are_in_nobodys_way(kind: JobKind) -> None:
    assert decided("20T02:00:01", last="19T02:00", under_way=[job("x", kind)]).start is not None


def test_jobs_of_another_server_are_in_nobodys_way() -> None:
    other = job()
    other = replace(other, order=replace(other.order, server_id="blog"))
    assert decided("20T02:00:01", last="19T02:00", under_way=[other]).start is not None


PAUSED = Known(since=at("01T00:00"), paused_at=at("19T12:00"), paused_by="anna@bastion")


def test_a_paused_schedule_skips_its_moments_and_says_who_paused_it() -> None:
    assert only(decided("20T02:00:01", known=PAUSED, last="19T02:00")) == (
        RunState.SKIPPED,
        "paused by anna@bastion since 2026-11-19 12:00 UTC",
    )


def test_moments_before_the_pause_were_missed_and_those_within_skipped() -> None:
    away = decided("20T03:10", HOURLY, known=replace(PAUSED, paused_at=at("20T01:30")),
                   last="20T00:00")  # fmt: skip
    assert [run.state for run in away.settled] == [
        RunState.MISSED,
        RunState.SKIPPED,
        RunState.SKIPPED,
    ]


def test_a_late_run_does_not_begin_outside_its_window() -> None:
    window = Window(time(1), time(4))
    planned = replace(NIGHTLY, trigger=CronTrigger("0 2 * * *", window=window))
    assert decided("20T03:59", planned, last="19T02:00").start is not None
    assert only(decided("20T04:00", planned, last="19T02:00")) == (
        RunState.SKIPPED,
        "2 h late, its window had closed",
    )


def test_where_a_condition_does_not_hold_the_run_is_skipped_and_says_which() -> None:
    no = Verdict(Answer.NO, "it is a primary, and only_if asks for a standby")
    assert only(decided("20T02:00:01", last="19T02:00", verdict=no)) == (RunState.SKIPPED, no.why)


def test_where_it_is_not_known_the_run_waits_for_a_while() -> None:
    unknown = Verdict(Answer.UNKNOWN, "its role is not known: the server has not answered yet")
    waiting = decided("20T02:04:59", last="19T02:00", verdict=unknown)
    assert (waiting.settled, waiting.start) == ((), None)
    assert only(decided("20T02:05", last="19T02:00", verdict=unknown))[0] is RunState.SKIPPED


def test_a_moment_whose_process_died_before_it_began_is_tried_again() -> None:
    again = decided("20T02:05", last="20T02:00", again=["20T02:00"], failed_starts=1)
    assert again.start is not None
    assert again.start.planned_at == at("20T02:00")
    assert "died before it had begun" in again.start.why


def test_but_not_for_ever() -> None:
    state, why = only(decided("20T02:05", last="20T02:00", again=["20T02:00"], failed_starts=3))
    assert state is RunState.FAILED
    assert "died 3 times before it had begun" in why


def test_what_is_to_be_tried_again_gives_way_to_a_newer_moment() -> None:
    newer = decided("20T03:00:01", HOURLY, last="20T02:00", again=["20T02:00"])
    assert newer.start is not None
    assert newer.start.planned_at == at("20T03:00")
    assert [run.planned_at for run in newer.settled] == [at("20T02:00")]


def test_a_clock_that_is_set_back_repeats_nothing() -> None:
    assert decided("20T01:30", last="20T01:00") == Plan()
    assert decided("20T02:00:01", last="20T02:00") == Plan()


def test_a_clock_that_is_set_forward_starts_one_run() -> None:
    leap = decided("25T01:00", last="19T02:00")
    assert [run.state for run in leap.settled] == [RunState.MISSED] * 4
    assert leap.start is None  # the newest is 23 h old
    leap = decided("25T03:00", last="19T02:00")
    assert leap.start is not None
    assert leap.start.planned_at == at("25T02:00")
