"""Time series: what is written each tick, and what a chart reads."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    func,
    select,
)

from core.model.series import Metric, Point, Sample, Series
from core.store.buckets import Buckets, divide, sources
from core.store.database import Database
from core.store.moments import MINUTE, SECOND, floor_to, from_micros, to_micros
from core.store.names import Names
from core.store.progress import Task, hold, kept, set_mark
from core.store.settled import Bucket, Merged, SettledBuckets
from core.store.tables import sample, sample_hour, sample_minute

SampleRow = dict[str, int | float]


class Samples:
    """The time series of all servers."""

    def __init__(self, database: Database, names: Names) -> None:
        self._database = database
        self._names = names
        self._settled = SettledBuckets()
        self._insert = database.insert(sample).on_conflict_do_nothing()

    def rows(self, server_ref: int, samples: Iterable[Sample]) -> list[SampleRow]:
        """``samples`` as rows of the table; values that are not finite are left out."""
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

    def write(self, connection: Connection, server_ref: int, rows: list[SampleRow]) -> None:
        """Insert ``rows``; one that is there already is left as it is.

        A late one has its minute rolled up again.
        Rows older than the raw samples that are kept are dropped: their minute is closed.
        """
        if not rows:
            return
        there = hold(self._database, connection, server_ref)
        rows = [row for row in rows if row["at"] >= there.raw_from]
        if not rows:
            return
        earliest = floor_to(int(min(row["at"] for row in rows)), MINUTE)
        if earliest < there.rolled_until:
            set_mark(self._database, connection, server_ref, Task.ROLLED_UP, earliest)
        connection.execute(self._insert, rows)

    def series(
        self, server_id: str, metric: Metric, start: datetime, end: datetime, buckets: int
    ) -> Series:
        """``metric`` from ``start`` to ``end`` in about ``buckets`` equal buckets."""
        return self.several(server_id, (metric,), start, end, buckets)[metric]

    def several(
        self,
        server_id: str,
        metrics: Sequence[Metric],
        start: datetime,
        end: datetime,
        buckets: int,
    ) -> dict[Metric, Series]:
        """Several metrics at once, which costs about as much as one.

        Buckets begin at multiples of their length, which is a whole number of seconds, minutes or
        hours; those without a sample are left out.
        """
        division = divide(to_micros(start), to_micros(end), buckets)
        server_ref = self._names.server(server_id)
        refs = {metric: self._names.metric(metric.value) for metric in metrics}
        wanted = tuple(sorted(ref for ref in refs.values() if ref is not None))
        merged: Merged = {}
        if server_ref is not None and wanted:
            merged = self._merged(server_ref, wanted, division)
        return {
            metric: _series(metric, division, {} if ref is None else merged.get(ref, {}))
            for metric, ref in refs.items()
        }

    def _merged(self, server_ref: int, metrics: tuple[int, ...], division: Buckets) -> Merged:
        """The buckets of ``division``, reading only those that may have changed since last time."""
        settled = self._settled.find((server_ref, metrics, division.size), division)
        merged: Merged = {} if settled is None else settled.merged
        unread = Buckets(
            division.start if settled is None else settled.until, division.end, division.size
        )
        with self._database.reading() as connection:
            now = self._database.now(connection)
            rows = self._read(connection, server_ref, metrics, unread)
        fresh: Merged = {}
        for row in rows:
            fresh.setdefault(row.metric_ref, {}).setdefault(row.bucket, Bucket()).add(row)
        merged = {
            ref: {**merged.get(ref, {}), **fresh.get(ref, {})} for ref in merged.keys() | fresh
        }
        self._settled.keep((server_ref, metrics, division.size), division, merged, now)
        return merged

    def _read(
        self, connection: Connection, server_ref: int, metrics: tuple[int, ...], division: Buckets
    ) -> list[Row[Any]]:
        rows: list[Row[Any]] = []
        if division.start < division.end:
            parts = sources(division, kept(connection, server_ref))
            of = {"server_ref": server_ref, "metrics": metrics, "size": division.size}
            for grouped, part in (
                (_HOURS, parts.hours),
                (_MINUTES, parts.minutes),
                (_RAW, parts.raw),
            ):
                if part.start < part.end:
                    span = {"start": part.start, "end": part.end}
                    rows += connection.execute(grouped, {**of, **span}).all()
        return rows


def _grouped(table: Table) -> Select[Any]:
    """What charts ask for every few seconds: made once, for that takes longer than asking."""
    bucket = (table.c.at // bindparam("size", type_=BigInteger)).label("bucket")
    columns: tuple[ColumnElement[Any], ...]
    if table is sample:
        value = table.c.value
        columns = (func.min(value), func.max(value), func.sum(value), func.count())
    else:
        columns = (
            func.min(table.c.low),
            func.max(table.c.high),
            func.sum(table.c.total),
            func.sum(table.c["count"]),
        )
    labels = ("low", "high", "total", "count_")
    return (
        select(
            table.c.metric_ref,
            bucket,
            *(column.label(label) for column, label in zip(columns, labels, strict=True)),
        )
        .where(
            table.c.server_ref == bindparam("server_ref"),
            table.c.metric_ref.in_(bindparam("metrics", expanding=True)),
            table.c.at >= bindparam("start"),
            table.c.at < bindparam("end"),
        )
        .group_by(table.c.metric_ref, bucket)
    )


_RAW, _MINUTES, _HOURS = (_grouped(table) for table in (sample, sample_minute, sample_hour))


def _series(metric: Metric, division: Buckets, merged: dict[int, Bucket]) -> Series:
    return Series(
        metric=metric,
        start=from_micros(division.start),
        end=from_micros(division.end),
        bucket_seconds=division.size / SECOND,
        points=tuple(
            Point(
                at=from_micros(number * division.size),
                low=bucket.low,
                mean=float(bucket.total) / int(bucket.count),
                high=bucket.high,
            )
            for number, bucket in sorted(merged.items())
        ),
    )
