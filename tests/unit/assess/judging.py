"""Judging situations, each a small change of a calm one."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.assess.assess import Memory, assess
from core.assess.situation import Situation
from core.config.settings import ThresholdSettings
from core.model.health import Assessment, Finding
from tests.unit.assess.builders import NOON, connections

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
