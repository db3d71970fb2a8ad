from __future__ import annotations

from typing import ClassVar

import pytest

from core.config.settings import Pace
from core.engine.backoff import delay
from core.engine.cost import CostMeter, Expense
from core.engine.lifetime import Lifetime
from core.engine.order import Stay
from core.engine.timetable import Timetable
from core.model.snapshot import Subject

PACES = {
    Subject.CONNECTIONS: Pace(attended=2, unattended=10),
    Subject.STATEMENTS: Pace(attended=5, unattended=30),
    Subject.DATABASES: Pace(attended=10, unattended=60),
}


def asked_over(table: Timetable, seconds: float, step: float = 0.1) -> dict[Subject, int]:
    counts = dict.fromkeys(PACES, 0)
    for tick in range(round(seconds / step)):
        now = tick * step
        for subject in table.due(now):
            counts[subject] += 1
            table.asked(subject, now)
    return counts


class TestTimetable:
    def test_everything_is_asked_at_once_in_the_beginning(self) -> None:
        assert Timetable(PACES, attended=True).due(0) == list(PACES)

    def test_each_question_keeps_its_own_pace(self) -> None:
        counts = asked_over(Timetable(PACES, attended=True), 60)
        assert counts[Subject.CONNECTIONS] == pytest.approx(30, abs=3)
        assert counts[Subject.STATEMENTS] == pytest.approx(12, abs=2)
        assert counts[Subject.DATABASES] == pytest.approx(6, abs=1)

    def test_nobody_looking_makes_it_slow(self) -> None:
        counts = asked_over(Timetable(PACES, attended=False), 60)
        assert counts[Subject.CONNECTIONS] == pytest.approx(6, abs=1)

    def test_attention_makes_an_overdue_question_due_at_once(self) -> None:
        table = Timetable(PACES, attended=False)
        for subject in PACES:
            table.asked(subject, 0)
        assert table.due(3) == []
        table.attend(attended=True)
        assert table.due(3) == [Subject.CONNECTIONS]

    def test_questions_due_almost_together_are_put_together(self) -> None:
        table = Timetable(PACES, attended=True)
        for subject in PACES:
            table.asked(subject, 0)
        table.asked(Subject.CONNECTIONS, 8)
        assert table.due(10) == list(PACES)
        assert table.next_due() == 5

    def test_a_collector_may_ask_for_its_second_reading_sooner(self) -> None:
        table = Timetable(PACES, attended=True)
        for subject in PACES:
            table.asked(subject, 0, again_after=0.7 if subject is Subject.STATEMENTS else None)
        assert table.next_due() == 0.7
        assert table.due(0.6) == []
        assert table.due(0.7) == [Subject.STATEMENTS]

    def test_the_soonest_reading_is_not_drawn_even_nearer(self) -> None:
        table = Timetable(PACES, attended=True)
        for subject in PACES:
            table.asked(subject, 0)
        table.asked(Subject.STATEMENTS, 2, again_after=0.7)
        assert table.due(2) == [Subject.CONNECTIONS]

    def test_slowing_stretches_every_pace(self) -> None:
        table = Timetable(PACES, attended=True)
        table.stretch(3)
        assert table.pace(Subject.CONNECTIONS) == 6

    def test_a_refresh_makes_everything_due(self) -> None:
        table = Timetable(PACES, attended=True)
        for subject in PACES:
            table.asked(subject, 0)
        table.ask_again()
        assert table.due(0.1) == list(PACES)


class TestCost:
    BASE: ClassVar = {Subject.CONNECTIONS: 2.0, Subject.STATEMENTS: 5.0}

    def test_only_the_last_minute_counts(self) -> None:
        meter = CostMeter(600)
        for second in range(0, 121, 10):
            meter.spend(float(second), Expense(server_ms=10, rows=5, statements=2))
        cost = meter.last_minute(120, 1.0)
        assert (cost.server_ms, cost.rows, cost.statements) == (60, 30, 12)

    def test_within_the_budget_nothing_is_slowed(self) -> None:
        meter = CostMeter(600)
        meter.spend(0, Expense(5, 1, 1), Subject.CONNECTIONS)
        assert meter.slowdown(self.BASE) == 1.0

    def test_past_the_budget_paces_stretch_by_as_much(self) -> None:
        meter = CostMeter(600)
        meter.spend(0, Expense(40, 1, 1), Subject.CONNECTIONS)
        meter.spend(0, Expense(50, 1, 1), Subject.STATEMENTS)
        assert meter.slowdown(self.BASE) == 3.0

    def test_it_recovers_when_the_server_answers_fast_again(self) -> None:
        meter = CostMeter(600)
        meter.spend(0, Expense(100, 1, 1), Subject.CONNECTIONS)
        factors = []
        for second in range(12):
            factors.append(meter.slowdown(self.BASE))
            meter.spend(float(second), Expense(2, 1, 1), Subject.CONNECTIONS)
        assert factors == sorted(factors, reverse=True)
        assert factors[0] == 5.0
        assert factors[-1] == 1.0

    def test_one_answer_from_cold_caches_slows_nothing_for_long(self) -> None:
        meter = CostMeter(600)
        for milliseconds in (100, 2, 2):
            meter.spend(0, Expense(milliseconds, 1, 1), Subject.CONNECTIONS)
        assert meter.slowdown(self.BASE) == 1.0

    def test_it_never_falls_asleep(self) -> None:
        meter = CostMeter(600)
        meter.spend(0, Expense(60_000, 1, 1), Subject.CONNECTIONS)
        assert meter.slowdown(self.BASE) == 15.0


class TestBackoff:
    def test_it_doubles_up_to_the_most(self) -> None:
        waits = [delay(attempt, first=1, most=30, roll=0) for attempt in range(1, 8)]
        assert waits == [1, 2, 4, 8, 16, 30, 30]

    def test_the_roll_takes_up_to_a_half_off(self) -> None:
        assert delay(3, first=1, most=30, roll=1) == 2

    def test_a_server_down_for_weeks_overflows_nothing(self) -> None:
        assert delay(1_000_000, first=1, most=30, roll=0) == 30


class TestLifetime:
    def test_it_ends_when_nobody_has_needed_it_for_the_grace(self) -> None:
        life = Lifetime(Stay.WITH_CONSOLES, grace_seconds=20, now=0)
        life.needed(100)
        assert not life.is_over(119)
        assert life.is_over(120)

    def test_the_start_counts_as_needed(self) -> None:
        assert not Lifetime(Stay.WITH_CONSOLES, grace_seconds=20, now=50).is_over(60)

    def test_a_service_never_ends_by_itself(self) -> None:
        assert not Lifetime(Stay.FOREVER, grace_seconds=20, now=0).is_over(1e9)
