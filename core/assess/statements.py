"""Statements that take too long."""

from __future__ import annotations

from collections.abc import Iterator

from core.assess.situation import Draft, Hold, Situation
from core.assess.wording import excerpt, milliseconds, percent, several
from core.config.settings import ThresholdSettings
from core.model.health import Area, Severity
from core.model.statements import StatementDelta, StatementKey, Statements
from core.model.unknown import Unknown

_SHOWN = 5
"""Slow statements with a finding of their own; the queries screen lists them all."""


def slow_calls(statements: Statements, thresholds: ThresholdSettings) -> int:
    """Executions of the interval whose statement's mean reached the warning threshold."""
    return sum(statement.calls for statement in _slow(statements, thresholds))


def findings(situation: Situation) -> Iterator[Draft]:
    """Slow statements of the interval, too many in the hour, and what is missing to tell."""
    statements = situation.statements
    if isinstance(statements, Unknown):
        yield Draft(
            fingerprint="statements.unknown",
            area=Area.QUERIES,
            severity=Severity.INFO,
            title="What statements cost is unknown",
            detail=statements.reason,
            advice=statements.remedy,
        )
    if not isinstance(statements, Statements):
        return
    yield from _slow_now(situation, statements)
    yield from _slow_in_the_hour(situation)
    if not isinstance(statements.evictions, Unknown) and statements.evictions > 0:
        yield Draft(
            fingerprint="statements.evictions",
            area=Area.QUERIES,
            severity=Severity.INFO,
            title="pg_stat_statements is full and forgets statements",
            detail=(
                f"{statements.tracked} of {statements.tracked_max} entries; "
                f"{several(statements.evictions, 'eviction', 'evictions')} in the interval, "
                "so its figures are incomplete"
            ),
            advice="Raise pg_stat_statements.max in postgresql.conf and restart the server.",
            hold=Hold.EVENT,
        )


def _slow(statements: Statements, thresholds: ThresholdSettings) -> list[StatementDelta]:
    """The slow statements of others."""
    return [
        statement
        for statement in statements.top
        if statement.mean_ms >= thresholds.query_mean_ms.warning and not statement.is_pgvigil
    ]


def _by_query(slow: list[StatementDelta]) -> list[list[StatementDelta]]:
    """The slow statements, those that differ in their role only together; slowest first."""
    groups: dict[tuple[int, int], list[StatementDelta]] = {}
    for statement in sorted(slow, key=lambda each: each.mean_ms, reverse=True):
        groups.setdefault((statement.key.database_id, statement.key.query_id), []).append(statement)
    return list(groups.values())


def _slow_now(situation: Situation, statements: Statements) -> Iterator[Draft]:
    limit = situation.thresholds.query_mean_ms
    for group in _by_query(_slow(statements, situation.thresholds))[:_SHOWN]:
        worst = group[0]
        fingerprint = f"statements.slow:{worst.key.database_id}/{worst.key.query_id}"
        calls = sum(statement.calls for statement in group)
        share = sum(statements.share(statement) for statement in group)
        roles = ", ".join(dict.fromkeys(statement.role for statement in group))
        yield Draft(
            fingerprint=fingerprint,
            area=Area.QUERIES,
            severity=situation.severity(fingerprint, worst.mean_ms, limit) or Severity.WARNING,
            title=f"A query takes {milliseconds(worst.mean_ms)}: {excerpt(worst.text, 48)}",
            detail=(
                f"{several(calls, 'call', 'calls')} in {statements.seconds:.0f} s, "
                f"{percent(share)} of the execution time, "
                f"database {worst.database}, {'role' if len(group) == 1 else 'roles'} {roles}"
            ),
            advice="Look at its plan (EXPLAIN) and at its history; has it become slower?",
            subject=name_of(worst.key),
            hold=Hold.INTERVAL,
        )


def _slow_in_the_hour(situation: Situation) -> Iterator[Draft]:
    most = situation.thresholds.slow_queries_per_hour
    if situation.slow_calls_last_hour <= most:
        return
    yield Draft(
        fingerprint="statements.slow_hour",
        area=Area.QUERIES,
        severity=Severity.WARNING,
        title=f"{situation.slow_calls_last_hour} slow queries in the last hour",
        detail=(
            f"slow from {milliseconds(situation.thresholds.query_mean_ms.warning)}; "
            f"more than {most} in an hour are worth a look"
        ),
        advice="Sort the queries by mean time and begin with the one that runs most often.",
    )


def name_of(key: StatementKey) -> str:
    """A statement's key as a finding's subject: user, database and query id, and its level."""
    level = "top" if key.toplevel else "nested"
    return f"{key.user_id}/{key.database_id}/{key.query_id}/{level}"
