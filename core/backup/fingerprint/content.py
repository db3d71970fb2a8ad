"""Counts and hashes of tables' rows, by several sessions at once."""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from psycopg import sql

from core.backup.dump.endpoint import Connection
from core.backup.dump.snapshot import HeldSnapshot
from core.backup.dump.tables import DumpedTable
from core.backup.fingerprint.definitions import Definition
from core.backup.fingerprint.row_hash import hashed_rows
from core.backup.progress import JobReporter
from core.model.fingerprint import TableFingerprint

_LOOK_SECONDS = 0.25
_MODULUS = 1 << 128

_COUNTED = sql.SQL(
    "SELECT /* pgvigil fingerprint */ pg_catalog.count(*), NULL, NULL FROM ONLY {table} {condition}"
)

# Not by ranges of ctid: such a scan pushes out of the server's cache what others use.
_HELPED = "SELECT pg_catalog.set_config('max_parallel_workers_per_gather', %s, true)"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one table; ``hashed`` where the budget suffices.

    ``helpers`` are the server's parallel workers that may help to read it.
    """

    table: DumpedTable
    definition: Definition
    hashed: bool
    helpers: int


def questions(
    tables: Sequence[DumpedTable],
    definitions: dict[int, Definition],
    *,
    budget_bytes: int,
    workers: int,
) -> list[Question]:
    """One question a table, the biggest first; hashed are the smallest within the budget.

    A budget of 0 is no limit. A table that is more than one worker's share of all, and would be
    read when the others have long ended, gets helpers: all in all fewer than there are workers.
    """
    spent, hashed = 0, set()
    for each in sorted(tables, key=lambda each: each.bytes):
        spent += each.bytes
        if not budget_bytes or spent <= budget_bytes:
            hashed.add(each.oid)
    ordered = sorted(tables, key=lambda each: each.bytes, reverse=True)
    return [
        Question(
            each,
            definitions[each.oid],
            each.oid in hashed,
            helpers=max(0, math.ceil(each.bytes * workers / max(1, spent)) - 1),
        )
        for each in ordered
    ]


def hash_tables(
    snapshot: HeldSnapshot,
    asked: Sequence[Question],
    *,
    seeds: tuple[int, int],
    workers: int,
    reporter: JobReporter,
) -> list[TableFingerprint]:
    """The answers to ``asked``, by ``workers`` sessions that share the snapshot.

    Raises:
        BackupError: a table could not be read.
        CancelledError: a person cancelled the job.
    """
    team = _Team(snapshot, asked, seeds, reporter)
    return team.work(min(workers, len(asked)))


def combined(count: int, first: int, second: int) -> str:
    """The content's hash: both sums as 128 bits each, so that no carry is lost."""
    if not count:
        return "0" * 64
    return f"{first % _MODULUS:032x}{second % _MODULUS:032x}"


class _Team:
    """Sessions that answer questions from one queue; the first failure ends them all."""

    def __init__(
        self,
        snapshot: HeldSnapshot,
        asked: Sequence[Question],
        seeds: tuple[int, int],
        reporter: JobReporter,
    ) -> None:
        self._snapshot = snapshot
        self._seeds = seeds
        self._reporter = reporter
        self._waiting: queue.SimpleQueue[Question] = queue.SimpleQueue()
        for question in asked:
            self._waiting.put(question)
        self._found: list[TableFingerprint] = []
        self._connections: list[Connection] = []
        self._stopped = threading.Event()

    def work(self, workers: int) -> list[TableFingerprint]:
        """All answers, by schema and name."""
        with ThreadPoolExecutor(max(1, workers), thread_name_prefix="fingerprint") as pool:
            working = {pool.submit(self._answer) for _ in range(workers)}
            try:
                while working:
                    done, working = wait(working, _LOOK_SECONDS, FIRST_COMPLETED)
                    for each in done:
                        each.result()
                    self._reporter.check_cancelled()
            finally:
                self._stop(working)
        return sorted(self._found, key=lambda each: (each.schema, each.name))

    def _stop(self, working: set[Future[None]]) -> None:
        self._stopped.set()
        while working:
            for connection in list(self._connections):
                with suppress(psycopg.Error, OSError):
                    connection.cancel_safe(timeout=2)
            _, working = wait(working, _LOOK_SECONDS)

    def _answer(self) -> None:
        with self._snapshot.session() as connection:
            self._connections.append(connection)
            while not self._stopped.is_set():
                try:
                    question = self._waiting.get_nowait()
                except queue.Empty:
                    return
                with self._snapshot.endpoint.explaining():
                    self._found.append(self._ask(connection, question))
                self._reporter.advance(question.table.bytes)

    def _ask(self, connection: Connection, question: Question) -> TableFingerprint:
        table = question.table
        name = table.table
        place = sql.Identifier(name.schema, name.name)
        # What an extension registered for its own table: a WHERE clause.
        condition = sql.SQL(table.condition)
        if question.hashed:
            columns = question.definition.stored_columns
            statement = hashed_rows(place, columns, self._seeds, condition)
        else:
            statement = _COUNTED.format(table=place, condition=condition)
        if question.helpers:
            connection.execute(_HELPED, [str(question.helpers)])
        count, first, second = connection.execute(statement).fetchall()[0]
        if question.helpers:
            connection.execute(_HELPED, ["0"])
        return TableFingerprint(
            schema=name.schema,
            name=name.name,
            rows=count,
            content=combined(count, int(first or 0), int(second or 0)) if question.hashed else "",
            definition="" if table.of_extension else question.definition.digest,
        )
