"""What is kept of single statements: their full texts, and their costliest minutes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import zstandard
from sqlalchemy import Connection, func, select

from core.model.statements import StatementKey, StatementPoint
from core.store.buckets import divide
from core.store.database import Database
from core.store.moments import MINUTE, floor_to, from_micros, to_micros
from core.store.names import Names
from core.store.tables import statement_minute, statement_text


@dataclass(frozen=True, slots=True)
class StatementMinute:
    """What one statement did in the minute that begins at ``minute``; time in milliseconds."""

    minute: datetime
    key: StatementKey
    calls: int
    total_ms: float
    rows: int


class StatementHistory:
    """Texts and minutes of the statements of all servers."""

    def __init__(self, database: Database, names: Names) -> None:
        self._database = database
        self._names = names

    def texts(self, server_id: str, query_ids: Collection[int]) -> dict[int, str]:
        """The full texts of those of ``query_ids`` whose text is known."""
        server_ref = self._names.server(server_id)
        if server_ref is None or not query_ids:
            return {}
        column = statement_text.c
        with self._database.reading() as connection:
            rows = connection.execute(
                select(column.query_id, column.text).where(
                    column.server_ref == server_ref, column.query_id.in_(query_ids)
                )
            ).all()
        unpack = zstandard.ZstdDecompressor().decompress
        return {row.query_id: unpack(row.text).decode("utf-8") for row in rows}

    def put_texts(self, server_id: str, texts: Mapping[int, str]) -> None:
        """Keep ``texts`` (clean and redacted already); known ones are renewed."""
        if not texts:
            return
        server_ref = self._names.register_server(server_id)
        pack = zstandard.ZstdCompressor().compress
        statement = self._database.insert(statement_text)
        with self._database.writing() as connection:
            now = self._database.now(connection)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[column.name for column in statement_text.primary_key],
                    set_={
                        "seen_at": statement.excluded.seen_at,
                        "text": statement.excluded.text,
                    },
                ),
                [
                    {
                        "server_ref": server_ref,
                        "query_id": query_id,
                        "seen_at": now,
                        "text": pack(text.encode("utf-8", "backslashreplace")),
                    }
                    for query_id, text in sorted(texts.items())
                ],
            )

    def write(
        self, connection: Connection, server_ref: int, minutes: Iterable[StatementMinute]
    ) -> None:
        """Add ``minutes`` to what is there of the same statement and minute."""
        rows = [
            {
                **_key_columns(server_ref, minute.key),
                "at": floor_to(to_micros(minute.minute), MINUTE),
                "calls": minute.calls,
                "total_ms": minute.total_ms,
                "row_count": minute.rows,
            }
            for minute in minutes
        ]
        if not rows:
            return
        statement = self._database.insert(statement_minute)
        column = statement_minute.c
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[column.name for column in statement_minute.primary_key],
                set_={
                    name: column[name] + statement.excluded[name]
                    for name in ("calls", "total_ms", "row_count")
                },
            ),
            rows,
        )

    def history(
        self, server_id: str, key: StatementKey, start: datetime, end: datetime, buckets: int
    ) -> tuple[StatementPoint, ...]:
        """What one statement did from ``start`` to ``end``, in buckets of whole minutes or hours.

        Buckets in which it was not among the costliest are left out.
        """
        server_ref = self._names.server(server_id)
        if server_ref is None:
            return ()
        division = divide(to_micros(start), to_micros(end), buckets, least=MINUTE)
        column = statement_minute.c
        bucket = (column.at // division.size).label("bucket")
        sums = (func.sum(column[name]).label(name) for name in ("calls", "total_ms", "row_count"))
        with self._database.reading() as connection:
            rows = connection.execute(
                select(bucket, *sums)
                .where(
                    column.server_ref == server_ref,
                    column.query_id == key.query_id,
                    column.database_id == key.database_id,
                    column.user_id == key.user_id,
                    column.toplevel == key.toplevel,
                    column.at >= division.start,
                    column.at < division.end,
                )
                .group_by(bucket)
                .order_by(bucket)
            ).all()
        return tuple(
            StatementPoint(
                at=from_micros(row.bucket * division.size),
                calls=int(row.calls),
                total_ms=row.total_ms,
                mean_ms=row.total_ms / int(row.calls) if row.calls else 0.0,
                rows=int(row.row_count),
            )
            for row in rows
        )


def _key_columns(server_ref: int, key: StatementKey) -> dict[str, int | bool]:
    return {
        "server_ref": server_ref,
        "query_id": key.query_id,
        "database_id": key.database_id,
        "user_id": key.user_id,
        "toplevel": key.toplevel,
    }
