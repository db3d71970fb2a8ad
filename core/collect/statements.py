"""Which statements the server spends its time on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.collect.collector import Bill, Reading, unknown_when_refused
from core.collect.names import Names
from core.collect.statement_counters import Change, changes, readings, statement_delta
from core.collect.statement_files import statements_sql
from core.collect.statement_interval import (
    Taken,
    baseline,
    hidden,
    incomparable,
    interval,
    samples_from_statements,
)
from core.collect.statement_texts import StatementTexts
from core.config.settings import CollectSettings, Pace
from core.model.snapshot import Subject
from core.model.statements import StatementDelta
from core.postgres.capabilities import Capabilities
from core.postgres.failure import QuestionError
from core.postgres.session import Session
from core.postgres.stat_statements import StatStatements, locate, obstacle

_CHANGED = frozenset({"42883", "42P01", "42703", "3F000"})
"""No such function, relation, column or schema: the extension was dropped, moved or updated."""


class StatementsCollector:
    """Takes the difference between two readings of ``pg_stat_statements(false)``."""

    subject = Subject.STATEMENTS

    def __init__(self, capabilities: Capabilities, settings: CollectSettings) -> None:
        self._capabilities = capabilities
        self._settings = settings
        self._extension: StatStatements | None = None
        self._earlier: Taken | None = None
        self._names = Names()
        self._texts = StatementTexts(
            capabilities.major, settings.budget_ms_per_minute, settings.statement_text_bytes
        )

    def pace(self, settings: CollectSettings) -> Pace:
        """How often the question is put."""
        return settings.statements

    @unknown_when_refused
    async def collect(self, session: Session, now: datetime) -> Reading:
        """Say what ran since the last reading; the first one is a baseline, the second is due soon.

        An extension that is not there is looked for each time, so that it is found once made.
        """
        bill = Bill()
        extension = self._extension
        if extension is None:
            extension, answer = await locate(session)
            bill.add(answer)
            if (why_not := obstacle(extension, self._capabilities)) is not None:
                return bill.reading(why_not)
        earlier, self._extension, self._earlier = self._earlier, None, None
        try:
            taken = await _take(session, extension, bill)
        except QuestionError as error:
            if error.sqlstate not in _CHANGED:
                raise
            extension, answer = await locate(session)
            bill.add(answer)
            if (why_not := obstacle(extension, self._capabilities)) is not None:
                return bill.reading(why_not)
            taken = await _take(session, extension, bill)
        self._extension, self._earlier = extension, taken
        reason = incomparable(earlier, taken) if earlier else "first reading of this connection"
        if earlier is None or reason:
            return bill.reading(
                baseline(taken, reason, hidden(taken, self._capabilities)),
                again_after=self._settings.first_interval_seconds,
            )
        changed = changes(earlier.entries, taken.entries)
        top = sorted(changed, key=lambda change: -change.total_ms)
        top = top[: self._settings.statements_listed]
        await self._learn_names(session, top, bill)
        texts = await self._learn_texts(session, extension, top, taken, bill)
        deltas = tuple(self._delta(change) for change in top)
        body = interval(
            earlier,
            taken,
            changed,
            top=deltas,
            details=hidden(taken, self._capabilities) or self._texts.trouble,
            now=now,
        )
        return bill.reading(body, samples_from_statements(body, now), texts)

    async def _learn_names(self, session: Session, top: Sequence[Change], bill: Bill) -> None:
        roles = {change.now.user_id for change in top}
        databases = {change.now.database_id for change in top}
        if self._names.lack(roles, databases):
            major = self._capabilities.major
            bill.add(await self._names.renew(session, major, roles, databases))

    async def _learn_texts(
        self,
        session: Session,
        extension: StatStatements,
        top: Sequence[Change],
        taken: Taken,
        bill: Bill,
    ) -> dict[int, str]:
        query_ids = list(dict.fromkeys(change.now.query_id for change in top))
        missing = self._texts.missing(query_ids)
        if not missing or not self._texts.may_fetch(taken.at):
            return {}
        self._texts.keep_only(query_ids, 2 * max(taken.tracked_max, len(query_ids)))
        return await self._texts.fetch(session, missing, extension, taken.at, bill)

    def _delta(self, change: Change) -> StatementDelta:
        query_id = change.now.query_id
        return statement_delta(
            change,
            role=self._names.role(change.now.user_id),
            database=self._names.database(change.now.database_id),
            text=self._texts.listed(query_id),
            is_pgvigil=self._texts.is_pgvigil(query_id),
        )


async def _take(session: Session, extension: StatStatements, bill: Bill) -> Taken:
    version, schema = extension.version, extension.schema
    answer = await session.ask(
        statements_sql("statements_info", version, schema)
        + b";"
        + statements_sql("statements", version, schema)
    )
    bill.add(answer)
    ((at, started, tracked_max, block_size, evictions, stats_reset),), rows = answer.results
    entries = readings(rows)
    return Taken(
        at=at,
        server_started=started,
        tracked=len(rows),
        tracked_max=tracked_max,
        block_size=block_size,
        evictions=evictions,
        stats_reset=stats_reset,
        entries=entries,
        hidden=len(rows) - len(entries),
        extension_version=".".join(map(str, version)),
    )
