"""Time series: what is written each tick, and what a chart reads."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sqlalchemy import Connection

from core.model.series import Sample
from core.store.database import Database
from core.store.moments import to_micros
from core.store.names import Names
from core.store.tables import sample


class Samples:
    """The time series of all servers."""

    def __init__(self, database: Database, names: Names) -> None:
        self._database = database
        self._names = names

    def rows(self, server_ref: int, samples: Sequence[Sample]) -> list[dict[str, int | float]]:
        """``samples`` as rows of the table; values that are not numbers are left out."""
        return [
            {
                "server_ref": server_ref,
                "at": to_micros(taken.at),
                "metric_ref": self._names.register_metric(taken.metric.value),
                "value": float(taken.value),
            }
            for taken in samples
            if math.isfinite(taken.value)
        ]

    def write(self, connection: Connection, rows: list[dict[str, int | float]]) -> None:
        """Insert ``rows``; one that is there already is left as it is."""
        if rows:
            connection.execute(self._database.insert(sample).on_conflict_do_nothing(), rows)
