"""What kind of server it is, where that limits what can be said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.assess.assess import Memory, assess
from core.assess.situation import Situation
from core.config.settings import ThresholdSettings
from core.model.health import Assessment, Health, Severity
from core.model.server import ServerInfo
from core.model.unknown import Unknown
from tests.unit.assess.builders import NOON, connections, server

CALM = Situation(now=NOON, thresholds=ThresholdSettings(), connections=connections(total=5))


def judge(info: ServerInfo) -> Assessment:
    return assess(replace(CALM, server=info), Memory())[0]


@pytest.mark.parametrize("version_num", [130_000, 180_001])
def test_a_primary_of_a_known_version_reached_directly_needs_no_note(version_num: int) -> None:
    assert judge(server(version_num)).findings == ()


@pytest.mark.parametrize(
    ("info", "fingerprint"),
    [
        (server(in_recovery=True), "server.standby"),
        (server(via_pooler=True), "server.pooler"),
        (server(190_000), "server.newer"),
    ],
)
def test_what_limits_the_figures_is_a_note_and_no_trouble(
    info: ServerInfo, fingerprint: str
) -> None:
    assessment = judge(info)

    assert [each.fingerprint for each in assessment.findings] == [fingerprint]
    assert assessment.findings[0].severity is Severity.INFO
    assert assessment.health is Health.OK


def test_of_a_version_to_come_both_versions_are_named() -> None:
    (note,) = judge(server(190_000)).findings

    assert note.title == "PostgreSQL 19 is newer than this pgvigil"
    assert "13 to 18" in note.detail


def test_a_second_name_of_the_same_server_is_a_note_that_names_it() -> None:
    assessment, _ = assess(
        replace(CALM, server=server(), also_watched_as=("ann@localhost:5432/shop",)), Memory()
    )
    (finding,) = assessment.findings
    assert finding.title == "This is also watched as ann@localhost:5432/shop"
    assert "Use one name" in finding.advice
    assert (finding.severity, assessment.health) == (Severity.INFO, Health.OK)


def test_one_instance_is_the_same_by_whichever_role_it_is_asked() -> None:
    assert server().is_same_as(replace(server(), role="ann", superuser=True))


@pytest.mark.parametrize(
    "other",
    [
        replace(server(), system_identifier="2"),
        replace(server(), started_at=NOON.replace(hour=1)),
        replace(server(), database="blog"),
        server(in_recovery=True),
    ],
)
def test_a_standby_a_copy_or_another_database_is_another_server(other: ServerInfo) -> None:
    assert not server().is_same_as(other)


@pytest.mark.parametrize(
    "vague",
    [
        replace(server(), system_identifier=Unknown("no privilege")),
        replace(server(), started_at=Unknown("no privilege")),
    ],
)
def test_what_is_unknown_of_both_does_not_make_them_one(vague: ServerInfo) -> None:
    assert not vague.is_same_as(vague)
