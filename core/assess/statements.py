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
    """The slow statements of others, slowest first."""
    slow = [
        statement
        for statement in statements.top
        if statement.mean_ms >= thresholds.query_mean_ms.warning and not statement.is_pgvigil
    ]
    return sorted(slow, key=lambda statement: statement.mean_ms, reverse=True)


def _slow_now(situation: Situation, statements: Statements) -> Iterator[Draft]:
    limit = situation.thresholds.query_mean_ms
    for statement in _slow(statements, situation.thresholds)[:_SHOWN]:
        critical = statement.mean_ms >= limit.critical
        yield Draft(
            fingerprint=f"statements.slow:{name_of(statement.key)}",
            area=Area.QUERIES,
            severity=Severity.CRITICAL if critical else Severity.WARNING,
            title=f"A query takes {milliseconds(statement.mean_ms)}: {excerpt(statement.text, 48)}",
            detail=(
                f"{several(statement.calls, 'call', 'calls')} in {statements.seconds:.0f} s, "
                f"{percent(statements.share(statement))} of the execution time, "
                f"role {statement.role}, database {statement.database}"
            ),
            advice="Look at its plan (EXPLAIN) and at its history; has it become slower?",
            subject=name_of(statement.key),
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
