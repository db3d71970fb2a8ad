"""What is found of a server in an incident, and of one that can't be reached."""

from __future__ import annotations

from core.model.health import Area, Assessment, Finding, Health, Severity
from core.model.server import Link
from tests.tui.frames.moment import seconds_ago


def finding(area: Area, severity: Severity, title: str, subject: str = "") -> Finding:
    """A finding that has been open for two minutes."""
    return Finding(
        fingerprint=f"{area.value}:{title}",
        area=area,
        severity=severity,
        title=title,
        detail="94 of 97 usable slots are taken (max_connections 100, 3 reserved for superusers).",
        advice="Find out who opens them (2, breakdowns); end idle sessions; use a pooler.",
        since=seconds_ago(140),
        subject=subject,
    )


INCIDENT_FINDINGS = (
    finding(Area.CONNECTIONS, Severity.CRITICAL, "connection use 97 %"),
    finding(Area.QUERIES, Severity.CRITICAL, "query mean 3.5 s", "9"),
    finding(
        Area.CONNECTIONS, Severity.HIGH, "9 sessions wait on a lock behind pid 4711", "4711"
    ),
    finding(Area.DATABASES, Severity.WARNING, "error rate 12 % in orders", "orders"),
)  # fmt: skip


def cut_off(link: Link) -> Assessment:
    """What is found of a server that can't be reached."""
    down = Finding(
        "link.down", Area.SERVER, Severity.CRITICAL, link.what, link.why, link.remedy, link.since
    )
    return Assessment(Health.CRITICAL, (down,))
