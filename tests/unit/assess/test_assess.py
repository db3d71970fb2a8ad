from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.assess.assess import Memory, assess
from core.assess.situation import Situation
from core.assess.statements import slow_calls
from core.assess.waits import LockWaits
from core.assess.window import DatabaseWindow
from core.config.settings import ThresholdSettings
from core.model.connections import BACKUP_APPLICATION, BackendState
from core.model.cost import SelfCost
from core.model.databases import DatabaseDelta
from core.model.health import Area, Assessment, Finding, Health, Severity
from core.model.server import Link, LinkState
from core.model.statements import Statements
from core.model.unknown import Unknown
from tests.unit.assess.builders import (
    NOON,
    backend,
    connections,
    database,
    databases,
    statement,
    statements,
)

THRESHOLDS = ThresholdSettings()
CALM = Situation(now=NOON, thresholds=THRESHOLDS, connections=connections(total=5))


def judge(situation: Situation, memory: Memory | None = None) -> Assessment:
    return assess(situation, memory or Memory())[0]


def the(assessment: Assessment, fingerprint: str) -> Finding:
    [finding] = [entry for entry in assessment.findings if entry.fingerprint == fingerprint]
    return finding


def fingerprints(assessment: Assessment) -> list[str]:
    return [finding.fingerprint for finding in assessment.findings]


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_calm_server_is_ok_without_findings() -> None:
    assert judge(CALM) == Assessment(Health.OK, ())


def test_a_server_that_was_never_looked_at_is_unknown() -> None:
    assert judge(replace(CALM, connections=None)).health is Health.UNKNOWN


class TestLink:
    DOWN = Link(
        LinkState.UNREACHABLE, NOON, "db1 does not answer", "connection refused", "Start it."
    )

    def test_a_server_that_can_not_be_reached_is_critical(self) -> None:
        assessment = judge(replace(CALM, connections=None, link=self.DOWN))
        finding = the(assessment, "link.down")
        assert assessment.health is Health.CRITICAL
        assert (finding.title, finding.advice) == ("db1 does not answer", "Start it.")

    def test_while_it_is_down_old_figures_are_not_judged(self) -> None:
        full = replace(CALM, connections=connections(total=97), link=self.DOWN)
        assert fingerprints(judge(full)) == ["link.down"]

    def test_what_was_open_before_an_outage_is_the_same_finding_after_it(self) -> None:
        full = replace(CALM, connections=connections(total=97))
        _, memory = assess(full, Memory())
        _, memory = assess(replace(full, now=later(10), link=self.DOWN), memory)
        assessment, _ = assess(replace(full, now=later(900)), memory)
        assert the(assessment, "connections.usage").since == NOON

    def test_connecting_is_no_outage(self) -> None:
        assert judge(replace(CALM, link=Link(LinkState.CONNECTING, NOON))).health is Health.OK


class TestConnectionUsage:
    @pytest.mark.parametrize(
        ("total", "health"),
        [(79, Health.OK), (80, Health.WARNING), (94, Health.WARNING), (95, Health.CRITICAL)],
    )
    def test_thresholds_count_usable_slots(self, total: int, health: Health) -> None:
        full = replace(CALM, connections=connections(total=total, usable=100))
        assert judge(full).health is health

    def test_a_figure_around_its_threshold_does_not_flap(self) -> None:
        memory = Memory()
        seen: list[Health] = []
        for second, total in enumerate([80, 79, 80, 78, 76, 75, 79]):
            full = connections(total=total, usable=100)
            situation = replace(CALM, now=later(second), connections=full)
            assessment, memory = assess(situation, memory)
            seen.append(assessment.health)
        assert seen == [Health.WARNING] * 5 + [Health.OK] * 2

    def test_since_is_kept_from_tick_to_tick(self) -> None:
        full = replace(CALM, connections=connections(total=97))
        _, memory = assess(full, Memory())
        assessment, _ = assess(replace(full, now=later(120)), memory)
        assert the(assessment, "connections.usage").since == NOON

    def test_since_is_kept_when_another_process_takes_over(self) -> None:
        full = replace(CALM, connections=connections(total=97))
        left_behind = judge(full)
        memory = Memory.of(left_behind, NOON, hold_seconds=60)
        assessment, _ = assess(replace(full, now=later(9)), memory)
        assert the(assessment, "connections.usage").since == NOON

    def test_hidden_sessions_are_a_note_with_the_grant(self) -> None:
        hidden = replace(
            connections(total=1), details=Unknown("not pg_monitor", "GRANT pg_monitor TO me")
        )
        assessment = judge(replace(CALM, connections=hidden))
        assert the(assessment, "connections.hidden").advice == "GRANT pg_monitor TO me"
        assert assessment.health is Health.OK


class TestTransactions:
    def test_idle_in_transaction_is_measured_since_it_became_idle(self) -> None:
        session = backend(
            7,
            state=BackendState.IDLE_IN_TRANSACTION,
            transaction_seconds=9000,
            state_seconds=90,
        )
        assessment = judge(replace(CALM, connections=connections(session)))
        finding = the(assessment, "transactions.idle")
        assert (finding.severity, finding.subject) == (Severity.WARNING, "7")
        assert finding.since == later(-90)

    def test_the_oldest_names_the_finding_and_all_are_counted(self) -> None:
        sessions = [backend(pid, transaction_seconds=pid * 100) for pid in range(1, 21)]
        assessment = judge(replace(CALM, connections=connections(*sessions)))
        finding = the(assessment, "transactions.long")
        assert finding.title == "18 transactions open for long: 33 min 20 s, pid 20"
        assert finding.severity is Severity.CRITICAL

    def test_the_session_that_holds_a_backups_snapshot_is_not_called_idle(self) -> None:
        session = backend(
            7,
            state=BackendState.IDLE_IN_TRANSACTION,
            transaction_seconds=250,
            state_seconds=250,
            application=BACKUP_APPLICATION,
        )
        assert judge(replace(CALM, connections=connections(session))).health is Health.OK

    def test_a_backup_that_takes_long_is_named_and_no_application_is_looked_for(self) -> None:
        session = backend(
            7,
            state=BackendState.IDLE_IN_TRANSACTION,
            transaction_seconds=400,
            state_seconds=400,
            application=BACKUP_APPLICATION,
        )
        assessment = judge(replace(CALM, connections=connections(session)))
        assert fingerprints(assessment) == ["transactions.long"]
        finding = the(assessment, "transactions.long")
        assert finding.severity is Severity.WARNING
        assert "backup of pgvigil" in finding.advice

    def test_pgvigils_own_sessions_are_left_out(self) -> None:
        session = backend(7, transaction_seconds=9000, is_pgvigil=True)
        assert judge(replace(CALM, connections=connections(session))).health is Health.OK


class TestLockWaits:
    QUEUE = (
        backend(1, state=BackendState.IDLE_IN_TRANSACTION, state_seconds=20, role="batch"),
        backend(2, blocked_by=(1,), query_seconds=15),
        backend(3, blocked_by=(1, 2), query_seconds=12),
    )

    def test_the_root_blocker_is_named_with_how_many_wait_how_deep(self) -> None:
        assessment = judge(replace(CALM, connections=connections(*self.QUEUE)))
        finding = the(assessment, "locks.queue:1")
        assert finding.title == "2 sessions wait for locks behind pid 1 (batch)"
        assert "longest for 15 s, 2 levels deep" in finding.detail
        assert finding.advice.startswith("End the session of pid 1")

    def test_a_short_wait_is_daily_life(self) -> None:
        quick = (backend(1), backend(2, blocked_by=(1,), query_seconds=2))
        assert judge(replace(CALM, connections=connections(*quick))).findings == ()


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

    def test_evictions_are_a_note(self) -> None:
        assessment = judge(replace(CALM, statements=statements(evictions=4)))
        assert the(assessment, "statements.evictions").severity is Severity.INFO


class TestDatabases:
    def over_minutes(self, delta: DatabaseDelta, readings: int = 1) -> Situation:
        window = DatabaseWindow()
        reading = databases(delta)
        for number in range(readings):
            window = window.with_reading(later(10 * number), reading, THRESHOLDS.rate_minutes)
        return replace(CALM, databases=reading, recent=window)

    @pytest.mark.parametrize(
        ("rollbacks", "health"), [(4, Health.OK), (5, Health.WARNING), (10, Health.CRITICAL)]
    )
    def test_the_error_rate_is_rollbacks_among_transactions(
        self, rollbacks: int, health: Health
    ) -> None:
        situation = self.over_minutes(database(commits=100 - rollbacks, rollbacks=rollbacks))
        assert judge(situation).health is health

    def test_too_few_transactions_say_nothing_until_they_add_up(self) -> None:
        failing = database(commits=10, rollbacks=10)
        assert judge(self.over_minutes(failing)).health is Health.OK
        assert judge(self.over_minutes(failing, readings=5)).health is Health.CRITICAL

    def test_readings_older_than_the_window_are_forgotten(self) -> None:
        failing = database(commits=10, rollbacks=10)
        [(_, sums)] = self.over_minutes(failing, readings=500).recent.totals()
        assert sums.commits == 300

    def test_a_deadlock_is_told_for_ten_minutes(self) -> None:
        _, memory = assess(self.over_minutes(database(deadlocks=2)), Memory())
        within, memory = assess(replace(CALM, now=later(599)), memory)
        after, _ = assess(replace(CALM, now=later(601)), memory)
        assert the(within, "databases.deadlocks:shop").title == "2 deadlocks in shop"
        assert after.findings == ()

    def test_a_low_cache_hit_rate_is_a_note(self) -> None:
        assessment = judge(self.over_minutes(database(hit=80_000, read=20_000)))
        assert the(assessment, "databases.cache:shop").severity is Severity.INFO
        assert assessment.health is Health.OK

    def test_storage_is_judged_against_the_quota_where_one_is_known(self) -> None:
        big = replace(CALM, databases=databases(database(size=96 * 2**30)))
        assert judge(big).health is Health.OK
        tight = replace(big, storage_quota_bytes=100 * 2**30)
        finding = the(judge(tight), "databases.storage")
        assert finding.title == "Storage at 96 % of its quota"
        assert finding.severity is Severity.CRITICAL

    def test_an_unknown_size_is_said_and_not_counted_as_nothing(self) -> None:
        sizes = databases(database(size=96), database("other", size=Unknown("no CONNECT")))
        tight = replace(CALM, databases=sizes, storage_quota_bytes=100)
        assert "1 database more of unknown size" in the(judge(tight), "databases.storage").detail


def test_a_subject_that_could_not_be_read_is_a_warning() -> None:
    assessment = judge(replace(CALM, connections=Unknown("canceled by statement_timeout")))
    assert assessment.health is Health.WARNING
    assert the(assessment, "pgvigil.unknown:connections").detail == "canceled by statement_timeout"


def test_slowing_is_told() -> None:
    slowed = SelfCost(server_ms=900, rows=1, statements=1, budget_ms=600, slowdown=2)
    assert fingerprints(judge(replace(CALM, cost=slowed))) == ["pgvigil.slowed"]


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


def test_of_findings_as_bad_as_each_other_what_blocks_others_comes_first() -> None:
    slow = replace(CALM, statements=statements(statement(1, mean_ms=600)))
    queue = (backend(1), backend(2, blocked_by=(1,), query_seconds=15))
    _, memory = assess(slow, Memory())
    blocked = replace(slow, now=later(30), connections=connections(*queue))
    assert fingerprints(assess(blocked, memory)[0]) == ["locks.queue:1", "statements.slow:20/1"]


def test_the_worst_comes_first_and_then_the_oldest() -> None:
    memory = assess(replace(CALM, statements=statements(statement(1, mean_ms=600))), Memory())[1]
    situation = replace(
        CALM,
        now=later(30),
        statements=statements(statement(1, mean_ms=600), statement(2, mean_ms=700)),
        connections=connections(total=97),
    )
    assert fingerprints(assess(situation, memory)[0]) == [
        "connections.usage",
        "statements.slow:20/1",
        "statements.slow:20/2",
    ]
