"""How a figure is labelled: its severity in a word, a sign and a role, never by colour alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from core.api.thresholds import Threshold
from core.model.health import Health, Severity, SlowStatement
from tui.lines import Role, Span
from tui.panes.view import View, body_of

if TYPE_CHECKING:
    from core.model.statements import StatementDelta

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


StatementJudge: TypeAlias = "Callable[[StatementDelta], Severity | None]"
"""How bad a statement's time is; ``None`` where it is not."""


def statement_judge(view: View) -> StatementJudge:
    """How bad the statements of a view are, as its assessment has it.

    Where that did not judge them, their mean times are held against the thresholds.
    """
    slow = _slow(view)
    if slow is None:
        return lambda statement: judge(statement.mean_ms, view.thresholds.query_mean_ms)
    severities = {each.key: each.severity for each in slow}
    return lambda statement: severities.get(statement.key)


def waited_ms(view: View, statement: StatementDelta) -> float:
    """How much of its time a statement waited for locks, as far as that is known."""
    return next((each.waited_ms for each in _slow(view) or () if each.key == statement.key), 0.0)


def _slow(view: View) -> tuple[SlowStatement, ...] | None:
    taken, assessed = view.frame.statements, view.frame.assessment
    if taken is None or assessed is None or assessed.at < taken.at:
        return None
    assessment = body_of(assessed)
    return None if assessment is None else assessment.slow


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
