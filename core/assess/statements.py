"""Statements that take too long."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from core.assess.situation import Draft, Hold, Situation
from core.assess.waits import LockWait
from core.assess.wording import duration, excerpt, milliseconds, percent, several
from core.config.settings import ThresholdSettings
from core.model.health import Area, Severity, SlowStatement
from core.model.statements import StatementDelta, StatementKey, Statements
from core.model.unknown import Unknown

_SHOWN = 5
"""Slow statements with a finding of their own; the queries screen lists them all."""


_EXPORT = re.compile(r"\s*COPY\s.*\sTO\s+(STDOUT|PROGRAM|')", re.IGNORECASE | re.DOTALL)
_HEAD = 4000


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
    """The slow statements of others; an export takes as long as its table is large."""
    return [
        statement
        for statement in statements.top
        if statement.mean_ms >= thresholds.query_mean_ms.warning
        and not statement.is_pgvigil
        and not _is_export(statement.text)
    ]


def _is_export(text: str) -> bool:
    """Whether a statement copies a table out, as pg_dump does with each."""
    return _EXPORT.match(text[:_HEAD]) is not None


def _by_query(slow: list[StatementDelta]) -> list[list[StatementDelta]]:
    """The slow statements, those that differ in their role only together; slowest first."""
    groups: dict[tuple[int, int], list[StatementDelta]] = {}
    for statement in sorted(slow, key=lambda each: each.mean_ms, reverse=True):
        groups.setdefault((statement.key.database_id, statement.key.query_id), []).append(statement)
    return list(groups.values())


class _Judged(NamedTuple):
    """A slow statement, of whatever roles, and why its time is as bad as it is."""

    severity: Severity
    waits: tuple[LockWait, ...]
    only_waited: bool
    """Whether it would not be slow but for its waits for locks."""


def slow_statements(situation: Situation) -> tuple[SlowStatement, ...] | None:
    """Every slow statement of the interval, as bad as its finding says or would say.

    ``None`` where nothing is known of an interval.
    """
    statements = situation.statements
    if not isinstance(statements, Statements) or statements.since is None:
        return None
    return tuple(
        SlowStatement(
            key=statement.key,
            severity=min(judged.severity, _alone(situation, statement)),
            waited_ms=_waited_ms(situation, judged.waits, [statement]),
        )
        for group in _by_query(_slow(statements, situation.thresholds))
        for judged in [_judge(situation, statements, group)]
        for statement in group
    )


def _alone(situation: Situation, statement: StatementDelta) -> Severity:
    """How bad its own mean is: of one query another role's may be worse."""
    limit = situation.thresholds.query_mean_ms
    severity = situation.severity(_fingerprint(statement), statement.mean_ms, limit)
    return severity or Severity.WARNING


def _fingerprint(statement: StatementDelta) -> str:
    return f"statements.slow:{statement.key.database_id}/{statement.key.query_id}"


def _waited_ms(
    situation: Situation, waits: Iterable[LockWait], group: Sequence[StatementDelta]
) -> float:
    """For how long executions of a statement waited for locks: no longer than they ran."""
    waited = 1000 * sum(wait.seconds(situation.now) for wait in waits)
    return min(waited, sum(statement.total_ms for statement in group))


def _judge(
    situation: Situation, statements: Statements, group: Sequence[StatementDelta]
) -> _Judged:
    """How bad the time is that it worked; where that is no long time, that it waited is told."""
    limit, worst = situation.thresholds.query_mean_ms, group[0]
    waits = situation.waits.of(group, statements.since or situation.now)
    calls = sum(statement.calls for statement in group)
    total_ms = sum(statement.total_ms for statement in group)
    worked_ms = total_ms - _waited_ms(situation, waits, group)
    mean_ms = worked_ms / max(1, calls) if waits else worst.mean_ms
    if waits and mean_ms < limit.warning:
        # How bad the queue is, its own finding says for as long as it stands.
        return _Judged(Severity.WARNING, waits, only_waited=True)
    severity = situation.severity(_fingerprint(worst), mean_ms, limit)
    return _Judged(severity or Severity.WARNING, waits, only_waited=False)


def _slow_now(situation: Situation, statements: Statements) -> Iterator[Draft]:
    for group in _by_query(_slow(statements, situation.thresholds))[:_SHOWN]:
        yield _slow_one(situation, statements, group)


def _slow_one(
    situation: Situation, statements: Statements, group: Sequence[StatementDelta]
) -> Draft:
    """A slow statement; where it would not be slow but for its waits for locks, those are told."""
    judged, worst = _judge(situation, statements, group), group[0]
    draft = Draft(
        fingerprint=_fingerprint(worst),
        area=Area.QUERIES,
        severity=judged.severity,
        title=f"A query took {milliseconds(worst.mean_ms)} in the mean: {excerpt(worst.text, 48)}",
        detail=_work(statements, group, _waited_ms(situation, judged.waits, group)),
        advice="Look at its plan (EXPLAIN) and at its history; has it become slower?",
        subject=name_of(worst.key),
        figures_at=_end(statements),
        hold=Hold.INTERVAL,
    )
    return _as_waited(situation, draft, worst, judged.waits) if judged.only_waited else draft


def _end(statements: Statements) -> datetime | None:
    if statements.since is None:
        return None
    return statements.since + timedelta(seconds=statements.seconds)


def _work(statements: Statements, group: Sequence[StatementDelta], waited_ms: float) -> str:
    calls = sum(statement.calls for statement in group)
    share = sum(statements.share(statement) for statement in group)
    roles = ", ".join(dict.fromkeys(statement.role for statement in group))
    waited = f", about {milliseconds(waited_ms)} of it waiting for locks" if waited_ms else ""
    return (
        f"{several(calls, 'call', 'calls')} in {duration(statements.seconds)}, "
        f"{percent(share)} of the execution time{waited}, "
        f"database {group[0].database}, {'role' if len(group) == 1 else 'roles'} {roles}"
    )


def _as_waited(
    situation: Situation, draft: Draft, worst: StatementDelta, waits: Sequence[LockWait]
) -> Draft:
    """The finding of a statement that itself is fast; while the queue stands, it leads there."""
    longest = max(waits, key=lambda wait: wait.seconds(situation.now))
    behind = f"behind pid {longest.root}" if longest.root else "behind a prepared transaction"
    stands = any(wait.until is None and wait.root == longest.root for wait in situation.waits.waits)
    mean, text = milliseconds(worst.mean_ms), excerpt(worst.text, 48)
    return replace(
        draft,
        title=f"A query took {mean} in the mean, as it waited for locks: {text}",
        detail=f"{draft.detail}; longest {behind}",
        advice=(
            f"Look at the lock queue {behind}{'' if stands else ', in the past'}: who held the "
            "lock, and why for so long? The statement's plan (EXPLAIN) tells nothing of it."
        ),
        subject=str(longest.root) if stands and longest.root else draft.subject,
        area=Area.CONNECTIONS if stands and longest.root else draft.area,
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
