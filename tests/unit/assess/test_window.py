from __future__ import annotations

from datetime import timedelta

import pytest

from core.assess.staleness import with_staleness
from core.assess.window import SlowHour
from core.assess.wording import duration, excerpt, milliseconds, percent, size
from core.model.health import Assessment, Health
from core.model.snapshot import Frame, Taken
from tests.unit.assess.builders import NOON


def test_slow_calls_are_summed_by_the_minute_and_forgotten_after_an_hour() -> None:
    hour = SlowHour()
    for minute in range(90):
        for second in (0, 30):
            at = NOON + timedelta(minutes=minute, seconds=second)
            hour = hour.with_calls(at, 1)
    assert hour.total == 2 * 60
    assert len(hour.minutes) == 60


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.42, "0.4 s"), (38, "38 s"), (60, "1 min"), (75, "1 min 15 s"), (15_120, "4 h 12 min")],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_figures_in_words() -> None:
    assert (milliseconds(730), milliseconds(2400)) == ("730 ms", "2.4 s")
    assert (size(900), size(12.5 * 2**30)) == ("900 B", "12.5 GiB")
    assert (percent(0.923), percent(0.094)) == ("92 %", "9.4 %")


def test_a_megabyte_of_text_becomes_one_short_line() -> None:
    assert excerpt("SELECT\n\t1" + " x" * 500_000, 12) == "SELECT 1 x …"


class TestStaleness:
    FRAME = Frame("db", NOON, live=True, assessment=Taken(NOON, 2, Assessment(Health.OK, ())))

    def test_a_frame_within_two_intervals_and_a_takeover_is_left_alone(self) -> None:
        assert with_staleness(self.FRAME, NOON + timedelta(seconds=10), 6) is self.FRAME

    def test_an_old_frame_is_unknown_and_says_since_when(self) -> None:
        stale = with_staleness(self.FRAME, NOON + timedelta(seconds=11), 6).assessment
        assert stale is not None
        assert isinstance(stale.body, Assessment)
        assert stale.body.health is Health.UNKNOWN
        assert stale.body.findings[0].title == "No new data for 11 s"
