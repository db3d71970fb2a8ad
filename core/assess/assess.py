"""All rules together: the newest snapshots in, one assessment out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.assess import (
    backups,
    connections,
    databases,
    link,
    lock_waits,
    own,
    server,
    statements,
    transactions,
)
from core.assess.situation import Draft, Hold, Situation
from core.model.health import Assessment, Finding, Health, Severity
from core.model.server import LinkState

_RULES = (
    link.findings,
    connections.findings,
    transactions.findings,
    lock_waits.findings,
    statements.findings,
    databases.findings,
    server.findings,
    backups.findings,
    own.findings,
)
_LINK_RULES = (link.findings, backups.findings)


@dataclass(frozen=True, slots=True)
class Remembered:
    """A finding that was found: until when it is shown though it is not found again.

    Until ``forgotten_at`` it is the same finding if it comes back, with the same ``since``.
    """

    finding: Finding
    shown_until: datetime
    forgotten_at: datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """What one assessment hands to the next."""

    last: tuple[Finding, ...] = ()
    findings: Mapping[str, Remembered] = field(default_factory=dict)

    @classmethod
    def of(cls, assessment: Assessment, at: datetime, hold_seconds: float) -> Memory:
        """The memory of an assessment that another process made at ``at``, for a takeover."""
        forgotten_at = at + timedelta(seconds=hold_seconds)
        return cls(
            last=assessment.findings,
            findings={
                finding.fingerprint: Remembered(finding, at, forgotten_at)
                for finding in assessment.findings
            },
        )


def assess(situation: Situation, memory: Memory) -> tuple[Assessment, Memory]:
    """What ``situation`` means after what is remembered.

    Findings come worst first; as bad as each other, first what blocks others, then the oldest.

    While the link is down nothing but the link and the backups is judged: old figures would
    mislead, and what was found before is remembered for when the server is back.
    """
    down = situation.link is not None and situation.link.state not in (
        LinkState.CONNECTED,
        LinkState.CONNECTING,
    )
    before = {finding.fingerprint: finding.severity for finding in memory.last}
    judged = replace(situation, before=before)
    drafts = [draft for rule in (_LINK_RULES if down else _RULES) for draft in rule(judged)]
    found = {draft.fingerprint: _remember(draft, situation, memory) for draft in drafts}
    missing = {key: entry for key, entry in memory.findings.items() if key not in found}
    shown = [entry.finding for entry in found.values()]
    if not down:
        now, longest = situation.now, _longest_hold(situation)
        # What is held for longer than anything can be was found before the clock was set back.
        shown += [e.finding for e in missing.values() if now < e.shown_until <= now + longest]
        missing = {k: e for k, e in missing.items() if now < e.forgotten_at <= now + longest}
    assessment = Assessment(
        health=health_of(situation, shown),
        findings=tuple(sorted(shown, key=_rank)),
        slow=None if down else statements.slow_statements(judged),
    )
    return assessment, Memory(assessment.findings, {**missing, **found})


def _rank(finding: Finding) -> tuple[int, bool, datetime]:
    return -finding.severity, not lock_waits.blocks_others(finding), finding.since


def health_of(situation: Situation, findings: Iterable[Finding]) -> Health:
    """The worst of ``findings`` in one word; unknown until the server was first looked at."""
    worst = max((finding.severity for finding in findings), default=Severity.INFO)
    if worst is Severity.CRITICAL:
        return Health.CRITICAL
    if worst >= Severity.WARNING:
        return Health.WARNING
    return Health.UNKNOWN if situation.connections is None else Health.OK


def _longest_hold(situation: Situation) -> timedelta:
    thresholds = situation.thresholds
    return timedelta(seconds=max(thresholds.hold_seconds, thresholds.event_hold_seconds))


def _remember(draft: Draft, situation: Situation, memory: Memory) -> Remembered:
    """The draft as a finding that began when it first was found, or when the rule says."""
    earlier = memory.findings.get(draft.fingerprint)
    since = draft.since or (earlier.finding.since if earlier else situation.now)
    thresholds = situation.thresholds
    hold = timedelta(
        seconds={
            Hold.NOT: 0.0,
            Hold.INTERVAL: thresholds.hold_seconds,
            Hold.EVENT: thresholds.event_hold_seconds,
        }[draft.hold]
    )
    finding = Finding(
        fingerprint=draft.fingerprint,
        area=draft.area,
        severity=draft.severity,
        title=draft.title,
        detail=draft.detail,
        advice=draft.advice,
        since=since,
        subject=draft.subject,
        figures_at=draft.figures_at,
    )
    return Remembered(
        finding,
        shown_until=situation.now + hold,
        forgotten_at=situation.now + max(hold, timedelta(seconds=thresholds.hold_seconds)),
    )
