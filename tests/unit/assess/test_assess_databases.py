"""Error rates, deadlocks, cache and storage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.assess.assess import Memory, assess
from core.assess.situation import Situation
from core.assess.window import DatabaseWindow
from core.model.databases import DatabaseDelta
from core.model.health import Health, Severity
from core.model.unknown import Unknown
from tests.unit.assess.builders import database, databases
from tests.unit.assess.judging import CALM, THRESHOLDS, judge, later, the


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
