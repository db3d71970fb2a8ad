"""What a running job says of itself."""

from __future__ import annotations

from core.schedule.reporter import Reporter


def phase_of(reporter: Reporter) -> str:
    return reporter.state()[0].phase


def test_whom_it_waits_for_is_said_until_something_moves() -> None:
    reporter = Reporter("a", (), 10)
    reporter.phase("store", 1000)
    reporter.advance(960)
    reporter.waiting("offsite")
    reporter.advance(0)
    progress, _ = reporter.state()
    assert progress.phase == "store, waiting for offsite"
    assert progress.seconds_left is None
    reporter.advance(1)
    assert phase_of(reporter) == "store"


def test_a_new_phase_waits_for_nobody() -> None:
    reporter = Reporter("a", (), 10)
    reporter.phase("store")
    reporter.waiting("offsite")
    reporter.phase("commit")
    assert phase_of(reporter) == "commit"
    reporter.end()
    assert [phase.name for phase in reporter.state()[1]] == ["store", "commit"]
