"""The small numbers that stand for server ids and metrics in rows that are many."""

from __future__ import annotations

from sqlalchemy import Column, select

from core.store.database import Database
from core.store.tables import metric, server


class Names:
    """Finds, and where needed gives out, the number of a long name; both only once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._servers: dict[str, int] = {}
        self._metrics: dict[str, int] = {}

    def server(self, server_id: str) -> int | None:
        """The number of a server; ``None`` when nothing was ever stored of it."""
        return self._find(self._servers, server.c.server_ref, server.c.server_id, server_id)

    def metric(self, name: str) -> int | None:
        """The number of a metric; ``None`` when no value of it was ever stored."""
        return self._find(self._metrics, metric.c.metric_ref, metric.c.name, name)

    def register_server(self, server_id: str) -> int:
        """The number of a server, given out now if it has none."""
        return self._register(self._servers, server.c.server_ref, server.c.server_id, server_id)

    def register_metric(self, name: str) -> int:
        """The number of a metric, given out now if it has none."""
        return self._register(self._metrics, metric.c.metric_ref, metric.c.name, name)

    def _find(
        self, cache: dict[str, int], ref: Column[int], name: Column[str], value: str
    ) -> int | None:
        if value in cache:
            return cache[value]
        with self._database.reading() as connection:
            found = connection.execute(select(ref).where(name == value)).scalar()
        if found is not None:
            cache[value] = found
        return found

    def _register(
        self, cache: dict[str, int], ref: Column[int], name: Column[str], value: str
    ) -> int:
        found = self._find(cache, ref, name, value)
        if found is not None:
            return found
        with self._database.writing() as connection:
            connection.execute(
                self._database.insert(name.table).values({name.key: value}).on_conflict_do_nothing()
            )
            found = connection.execute(select(ref).where(name == value)).scalar_one()
        cache[value] = found
        return found
