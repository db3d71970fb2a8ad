"""Slots, transactions and queues for locks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.assess.assess import Memory, assess
from core.model.connections import BACKUP_APPLICATION, BackendState
from core.model.health import Health, Severity
from core.model.unknown import Unknown
from tests.unit.assess.builders import NOON, backend, connections
from tests.unit.assess.judging import CALM, fingerprints, judge, later, the


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
