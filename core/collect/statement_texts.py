"""Statement texts: fetched seldom, many at once, and kept."""

from __future__ import annotations

from collections.abc import Iterable

from core.collect.redact import redact
from core.collect.statement_files import statements_sql
from core.postgres.session import Answer, Session
from core.postgres.stat_statements import StatStatements

LISTED_CHARACTERS = 1000
_PART_OF_BUDGET = 0.1
_MARK = "/* pgvigil"
_MOST_TEXTS = 8
"""How many texts of the greatest length are fetched together at most."""


class StatementTexts:
    """The texts of the statements that were listed on one connection.

    PostgreSQL keeps all texts in one file and reads the whole of it for a single one. So texts are
    fetched together, and after each fetch so much time passes that fetching takes at most a tenth
    of the server time that pgvigil may cost.
    """

    def __init__(self, budget_ms_per_minute: float, text_bytes: int) -> None:
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

    def may_fetch(self, server_time: float) -> bool:
        """Whether the budget allows to fetch at ``server_time``, in seconds."""
        return server_time >= self._not_before

    async def fetch(
        self,
        session: Session,
        query_ids: list[int],
        extension: StatStatements,
        server_time: float,
    ) -> tuple[Answer, dict[int, str]]:
        """Fetch the texts of ``query_ids``: full and redacted, by query id."""
        answer = await session.ask(
            statements_sql("statement_texts", extension.version, extension.schema),
            {
                "query_ids": query_ids,
                "text_bytes": self._text_bytes,
                "most_bytes": _MOST_TEXTS * self._text_bytes,
            },
        )
        self.put_off(server_time, answer.server_ms)
        texts: dict[int, str] = {}
        fetched = 0
        for query_id, text, head, size in answer.rows:
            if text is None and head is None:
                continue
            fetched += min(size, self._text_bytes)
            whole = text if head is None else _cut(head, size)
            texts[query_id] = redact(whole)
        # Unless the sum ended the answer, a text that did not come is not there.
        if fetched < _MOST_TEXTS * self._text_bytes:
            self._listed |= dict.fromkeys(query_ids, "")
        self._listed |= {query_id: on_one_line(text) for query_id, text in texts.items()}
        return answer, texts

    def put_off(self, server_time: float, server_ms: float) -> None:
        """Have the next fetch wait, after one that took ``server_ms``."""
        self._not_before = server_time + server_ms / self._allowed_ms_per_second

    def keep_only(self, query_ids: Iterable[int], most: int) -> None:
        """Forget all but ``query_ids`` once there are more than ``most``."""
        if len(self._listed) > most:
            wanted = set(query_ids)
            self._listed = {key: text for key, text in self._listed.items() if key in wanted}


def _cut(head: bytes, size: int) -> str:
    return f"{head.decode('utf-8', 'replace')}\n/* pgvigil: cut; the text has {size} bytes */"


def on_one_line(text: str) -> str:
    """``text`` with each run of white space as one blank, cut for a list."""
    return " ".join(text[: 4 * LISTED_CHARACTERS].split())[:LISTED_CHARACTERS]
