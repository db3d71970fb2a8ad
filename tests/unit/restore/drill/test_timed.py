"""How long each phase of a drill took, also as far as it has come."""

from __future__ import annotations

from core.backup.progress import SilentReporter
from core.model.drill import DrillPhase
from core.restore.drill.timed import TimedReporter


def test_what_was_waited_before_the_beginning_counts_to_the_first_phase_alone() -> None:
    timed = TimedReporter(SilentReporter(), waited_seconds=100.0)
    timed.phase("prepare")
    timed.phase("fetch")
    timed.end()
    prepare, fetch = timed.over
    assert (prepare.name, fetch.name) == ("prepare", "fetch")
    assert prepare.seconds >= 100.0 > fetch.seconds


def test_all_that_is_over_is_noted_each_time_that_a_phase_is() -> None:
    noted: list[tuple[DrillPhase, ...]] = []
    timed = TimedReporter(SilentReporter(), noted=noted.append)
    for name in ("prepare", "fetch", "validate", "fingerprint"):
        timed.phase(name)
    timed.end()
    assert [[each.name for each in over] for over in noted] == [
        ["prepare"], ["prepare", "fetch"], ["prepare", "fetch", "validate"],
    ]  # fmt: skip
