"""Statement texts: fetched seldom, many at once, and kept."""

from __future__ import annotations

from collections.abc import Iterable

from core.collect.collector import Bill
from core.collect.redact import redact
from core.collect.statement_files import server_sql, statements_sql
from core.model.unknown import Unknown
from core.postgres.failure import QuestionError
from core.postgres.session import Row, Session
from core.postgres.stat_statements import StatStatements

LISTED_CHARACTERS = 1000
_PART_OF_BUDGET = 0.1
_MARK = "/* pgvigil"
_INVALID_TEXT = ("22021", "22P05")
_MOST_TEXTS = 8
"""How many texts of the greatest length are fetched together at most."""


class StatementTexts:
    """The texts of the statements that were listed on one connection.

    PostgreSQL keeps all texts in one file and reads the whole of it for a single one. So texts are
    fetched together, and after each fetch so much time passes that fetching takes at most a tenth
    of the server time that pgvigil may cost.
    """

    def __init__(self, major: int, budget_ms_per_minute: float, text_bytes: int) -> None:
        self.trouble: Unknown | None = None
        self._major = major
        self._listed: dict[int, str] = {}
        self._allowed_ms_per_second = budget_ms_per_minute / 60 * _PART_OF_BUDGET
        self._text_bytes = text_bytes
        self._not_before = 0.0

    def missing(self, query_ids: Iterable[int]) -> list[int]:
        """Those whose text was not asked for yet."""
        return [query_id for query_id in query_ids if query_id not in self._listed]

    def listed(self, query_id: int) -> str:
        """The text on one line and cut, as a list shows it; empty where there is none yet."""
        return self._listed.get(query_id, "")

    def is_pgvigil(self, query_id: int) -> bool:
        """Whether the statement is one of pgvigil's own questions."""
        return _MARK in self.listed(query_id)[:60]

    def may_fetch(self, at: float) -> bool:
        """Whether the budget allows to fetch at ``at``, in seconds since 1970."""
        return at >= self._not_before

    async def fetch(
        self,
        session: Session,
        query_ids: list[int],
        extension: StatStatements,
        taken_at: float,
        bill: Bill,
    ) -> dict[int, str]:
        """Fetch the texts of ``query_ids`` at ``taken_at``: full and redacted, by query id.

        Where the file of texts can't be read, those of running statements are fetched instead, and
        ``trouble`` says so.
        """
        parameters = {
            "query_ids": query_ids,
            "text_bytes": self._text_bytes,
            "most_bytes": _MOST_TEXTS * self._text_bytes,
        }
        try:
            answer = await session.ask(
                statements_sql("statement_texts", extension.version, extension.schema), parameters
            )
        except QuestionError as error:
            self._put_off(taken_at, error.server_ms)
            self.trouble = _trouble(error)
            answer = await session.ask(server_sql("running_texts", self._major), parameters)
        else:
            self._put_off(taken_at, answer.server_ms)
            self.trouble = None
        bill.add(answer)
        texts = _texts(answer.rows)
        # Unless the sum ended the answer, a text that did not come is not there.
        fetched = sum(min(row[3], self._text_bytes) for row in answer.rows)
        if self.trouble is None and fetched < _MOST_TEXTS * self._text_bytes:
            self._listed |= dict.fromkeys(query_ids, "")
        self._listed |= {query_id: on_one_line(text) for query_id, text in texts.items()}
        return texts

    def _put_off(self, taken_at: float, server_ms: float) -> None:
        """Have the next fetch wait, after one that took ``server_ms``."""
        self._not_before = taken_at + server_ms / self._allowed_ms_per_second

    def keep_only(self, query_ids: Iterable[int], most: int) -> None:
        """Forget all but ``query_ids`` once there are more than ``most``."""
        if len(self._listed) > most:
            wanted = set(query_ids)
            self._listed = {key: text for key, text in self._listed.items() if key in wanted}


def _texts(rows: Iterable[Row]) -> dict[int, str]:
    texts = {}
    for query_id, text, head, size in rows:
        if text is not None or head is not None:
            texts[query_id] = redact(text if head is None else _cut(head, size))
    return texts


def _trouble(error: QuestionError) -> Unknown:
    if error.sqlstate in _INVALID_TEXT:
        return Unknown(
            "the texts of the statements can't be read: PostgreSQL fails over one that is invalid"
            " in this database's encoding; it comes from a database with the encoding SQL_ASCII",
            "connect pgvigil to that database, or there:"
            " SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database"
            " WHERE datname = current_database()",
        )
    return Unknown(f"the texts of the statements can't be read: {error.what}", error.remedy)


def _cut(head: bytes, size: int) -> str:
    return f"{head.decode('utf-8', 'replace')}\n/* pgvigil: cut; the text has {size} bytes */"


def on_one_line(text: str) -> str:
    """``text`` with each run of white space as one blank, cut for a list."""
    return " ".join(text[: 4 * LISTED_CHARACTERS].split())[:LISTED_CHARACTERS]
