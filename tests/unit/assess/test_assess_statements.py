"""Slow statements, and those that only waited for locks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.assess.assess import Memory, assess
from core.assess.statements import slow_calls
from core.assess.waits import LockWaits
from core.model.connections import BackendState
from core.model.health import Area, Finding, Health, Severity, SlowStatement
from core.model.statements import Statements
from core.model.unknown import Unknown
from tests.unit.assess.builders import NOON, backend, connections, statement, statements
from tests.unit.assess.judging import CALM, THRESHOLDS, judge, later, the


class TestStatements:
    def test_the_slowest_statement_is_a_finding_with_its_share(self) -> None:
        assessment = judge(
            replace(CALM, statements=statements(statement(1, mean_ms=600), statement(2, mean_ms=1)))
        )
        finding = the(assessment, "statements.slow:20/1")
        assert finding.title == "A query took 600 ms in the mean: SELECT * FROM orders"
        assert finding.severity is Severity.WARNING

    def test_one_query_of_several_roles_is_one_finding(self) -> None:
        first = statement(1, mean_ms=600, calls=2)
        second = replace(first, key=replace(first.key, user_id=11), role="batch", mean_ms=900)
        assessment = judge(replace(CALM, statements=statements(first, second)))
        finding = the(assessment, "statements.slow:20/1")
        assert finding.title.startswith("A query took 900 ms")
        assert finding.detail.startswith("4 calls in 5 s")
        assert finding.detail.endswith("roles batch, app")
        assert finding.subject == "11/20/1/top"

    def test_the_title_is_of_the_interval_that_it_was_found_in(self) -> None:
        slow = statements(statement(1, mean_ms=600))
        _, memory = assess(replace(CALM, statements=slow), Memory())
        held = judge(replace(CALM, now=later(40), statements=statements()), memory)
        assert the(held, "statements.slow:20/1").figures_at == later(slow.seconds)

    def test_pgvigils_own_statements_are_left_out(self) -> None:
        own = statements(statement(1, mean_ms=9000, own=True))
        assert judge(replace(CALM, statements=own)).findings == ()
        assert slow_calls(own, THRESHOLDS) == 0

    @pytest.mark.parametrize(
        ("text", "is_found"),
        [
            ("COPY public.orders (id, body) TO stdout", False),
            ("copy (select * from orders)\n  to program 'gzip'", False),
            ("COPY orders FROM stdin", True),
            ("SELECT 'COPY x TO stdout'", True),
        ],
    )
    def test_an_export_takes_as_long_as_its_table_is_large_and_is_no_slow_query(
        self, text: str, is_found: bool
    ) -> None:
        slow = replace(statement(1, mean_ms=5000), text=text)
        found = judge(replace(CALM, statements=statements(slow))).findings
        assert any(each.area is Area.QUERIES for each in found) is is_found

    def test_a_slow_statement_stays_a_minute_so_that_it_does_not_flap(self) -> None:
        slow = replace(CALM, statements=statements(statement(1, mean_ms=3000)))
        quiet = replace(CALM, statements=statements())
        _, memory = assess(slow, Memory())
        within, memory = assess(replace(quiet, now=later(59)), memory)
        after, memory = assess(replace(quiet, now=later(61)), memory)
        assert (within.health, after.health) == (Health.CRITICAL, Health.OK)

    @pytest.mark.parametrize(("calls", "health"), [(10, Health.OK), (11, Health.WARNING)])
    def test_more_than_ten_slow_queries_in_an_hour_are_a_warning(
        self, calls: int, health: Health
    ) -> None:
        situation = replace(CALM, statements=statements(), slow_calls_last_hour=calls)
        assert judge(situation).health is health

    def test_a_missing_extension_is_a_note_with_its_remedy(self) -> None:
        missing = Unknown("pg_stat_statements is not created", "CREATE EXTENSION …")
        assessment = judge(replace(CALM, statements=missing))
        assert the(assessment, "statements.unknown").advice == "CREATE EXTENSION …"
        assert assessment.health is Health.OK

    def test_each_slow_statement_is_judged_also_those_without_a_finding_of_their_own(self) -> None:
        slow = [statement(number, mean_ms=600) for number in range(9)]
        quick, own = statement(20, mean_ms=1), statement(21, mean_ms=9000, own=True)
        export = replace(statement(22, mean_ms=5000), text="COPY t TO stdout")
        judged = judge(replace(CALM, statements=statements(*slow, quick, own, export))).slow
        assert judged is not None
        assert {each.key for each in judged} == {each.key for each in slow}
        assert {each.severity for each in judged} == {Severity.WARNING}

    def test_of_one_query_the_role_for_which_it_is_not_as_slow_is_not_judged_as_bad(self) -> None:
        first = statement(1, mean_ms=600)
        second = replace(first, key=replace(first.key, user_id=11), role="batch", mean_ms=9000)
        judged = judge(replace(CALM, statements=statements(first, second))).slow
        assert judged == (
            SlowStatement(second.key, Severity.CRITICAL),
            SlowStatement(first.key, Severity.WARNING),
        )

    def test_what_was_not_read_is_not_judged(self) -> None:
        first_reading = replace(statements(statement(1, mean_ms=9000)), since=None)
        for body in (None, Unknown("no pg_stat_statements"), first_reading):
            assert judge(replace(CALM, statements=body)).slow is None

    def test_evictions_are_a_note(self) -> None:
        assessment = judge(replace(CALM, statements=statements(evictions=4)))
        assert the(assessment, "statements.evictions").severity is Severity.INFO


class TestStatementsThatWaitedForLocks:
    """One execution of 48 s that stood in a queue behind pid 1, ended by the interval to :05."""

    RAN = statements(statement(7, mean_ms=48_000))

    def waits(self, *, seconds: tuple[int, ...] = (-40, -20, 0), ended: bool = True) -> LockWaits:
        waits = LockWaits()
        for at in seconds:
            queue = (
                backend(1, state=BackendState.IDLE_IN_TRANSACTION, state_seconds=90),
                backend(2, blocked_by=(1,), query_seconds=46 + at, query_id=7),
            )
            waits = waits.with_reading(later(at), connections(*queue), 5)
        return waits.with_reading(later(2), connections(), 5) if ended else waits

    def found(self, waits: LockWaits, ran: Statements = RAN, second: float = 5) -> Finding:
        situation = replace(CALM, now=later(second), statements=ran, waits=waits)
        return the(judge(situation), f"statements.slow:20/{ran.top[0].key.query_id}")

    def test_it_is_a_warning_that_names_the_queue_and_not_a_slow_query(self) -> None:
        finding = self.found(self.waits())
        assert finding.severity is Severity.WARNING
        assert finding.title == (
            "A query took 48.0 s in the mean, as it waited for locks: SELECT * FROM orders"
        )
        assert "about 48.0 s of it waiting for locks" in finding.detail
        assert finding.advice.startswith("Look at the lock queue behind pid 1, in the past")
        assert (finding.area, finding.subject) == (Area.QUERIES, "10/20/7/top")

    def test_while_the_queue_stands_it_leads_to_its_root(self) -> None:
        finding = self.found(self.waits(ended=False))
        assert (finding.area, finding.subject) == (Area.CONNECTIONS, "1")
        assert "in the past" not in finding.advice

    def test_all_that_is_shown_of_it_is_as_bad_as_its_finding(self) -> None:
        situation = replace(CALM, now=later(5), statements=self.RAN, waits=self.waits())
        assessment = judge(situation)
        assert assessment.slow == (SlowStatement(self.RAN.top[0].key, Severity.WARNING, 48_000),)
        without = judge(replace(situation, waits=LockWaits()))
        assert without.slow == (SlowStatement(self.RAN.top[0].key, Severity.CRITICAL),)

    def test_a_queue_that_ended_before_the_interval_explains_nothing(self) -> None:
        later_on = replace(self.RAN, since=later(60))
        finding = self.found(self.waits(), later_on, second=65)
        assert finding.severity is Severity.CRITICAL
        assert "locks" not in finding.title

    def test_another_statements_wait_explains_nothing(self) -> None:
        finding = self.found(self.waits(), statements(statement(8, mean_ms=48_000)))
        assert finding.severity is Severity.CRITICAL
        assert "EXPLAIN" in finding.advice

    def test_what_is_slow_without_its_waits_too_is_a_slow_query(self) -> None:
        late = LockWaits()
        worked = backend(2, query_seconds=38, query_id=7)
        late = late.with_reading(later(-2), connections(worked), 5)
        root = backend(1, state=BackendState.IDLE_IN_TRANSACTION, state_seconds=90)
        blocked = backend(2, blocked_by=(1,), query_seconds=40, query_id=7)
        late = late.with_reading(later(0), connections(root, blocked), 5)
        finding = self.found(late.with_reading(later(2), connections(), 5))
        assert finding.severity is Severity.CRITICAL
        assert "about 4.0 s of it waiting for locks" in finding.detail

    def test_without_query_ids_the_first_words_tell(self) -> None:
        waiting = backend(2, blocked_by=(1,), query_seconds=46, query="select * from orders where")
        waits = LockWaits().with_reading(NOON, connections(backend(1), waiting), 5)
        assert "as it waited for locks" in self.found(waits).title
        updating = replace(waiting, query="UPDATE orders SET total = 0")
        others = LockWaits().with_reading(NOON, connections(backend(1), updating), 5)
        assert "locks" not in self.found(others).title

    def test_ended_waits_are_forgotten_after_the_window(self) -> None:
        waits = self.waits()
        assert len(waits.waits) == 1
        assert waits.with_reading(later(303), connections(), 5).waits == ()
