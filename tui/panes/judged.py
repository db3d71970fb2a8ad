"""How a figure is labelled: its severity in a word, a sign and a role, never by colour alone."""

from __future__ import annotations

from core.api.thresholds import Threshold
from core.model.health import Health, Severity
from tui.lines import Role, Span

SIGNS = {
    Severity.CRITICAL: "✖",
    Severity.HIGH: "▲",
    Severity.WARNING: "▲",
    Severity.INFO: "·",
}
ROLES = {
    Severity.CRITICAL: Role.CRITICAL,
    Severity.HIGH: Role.WARNING,
    Severity.WARNING: Role.WARNING,
    Severity.INFO: Role.NOTICE,
}
HEALTH = {
    Health.OK: Span("• OK", Role.GOOD),
    Health.WARNING: Span("▲ WARNING", Role.WARNING),
    Health.CRITICAL: Span("✖ CRITICAL", Role.CRITICAL),
    Health.UNKNOWN: Span("? UNKNOWN", Role.UNKNOWN),
}


def judge(value: float | None, threshold: Threshold) -> Severity | None:
    """Which side of a threshold ``value`` is on; ``None`` below both or where it isn't known."""
    if value is None or value < threshold.warning:
        return None
    return Severity.CRITICAL if value >= threshold.critical else Severity.WARNING


def role_of(severity: Severity | None, otherwise: Role = Role.NUMBER) -> Role:
    """The role of a figure that was judged so."""
    return otherwise if severity is None else ROLES[severity]


def figure(text: str, severity: Severity | None) -> Span:
    """A figure, with its sign behind it where it crossed a threshold."""
    if severity is None:
        return Span(text, Role.NUMBER)
    return Span(f"{text} {SIGNS[severity]}", ROLES[severity])


def severity_word(severity: Severity) -> Span:
    """A severity's sign and word."""
    return Span(f"{SIGNS[severity]} {severity.label}", ROLES[severity])
