"""What all subjects have in common: health, the link, what is not known, what comes first."""

from __future__ import annotations

from dataclasses import replace

from core.assess.assess import Memory, assess
from core.model.cost import SelfCost
from core.model.health import Assessment, Health
from core.model.server import Link, LinkState
from core.model.unknown import Unknown
from tests.unit.assess.builders import NOON, backend, connections, statement, statements
from tests.unit.assess.judging import CALM, fingerprints, judge, later, the


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


def test_a_subject_that_could_not_be_read_is_a_warning() -> None:
    assessment = judge(replace(CALM, connections=Unknown("canceled by statement_timeout")))
    assert assessment.health is Health.WARNING
    assert the(assessment, "pgvigil.unknown:connections").detail == "canceled by statement_timeout"


def test_slowing_is_told() -> None:
    slowed = SelfCost(server_ms=900, rows=1, statements=1, budget_ms=600, slowdown=2)
    assert fingerprints(judge(replace(CALM, cost=slowed))) == ["pgvigil.slowed"]


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
