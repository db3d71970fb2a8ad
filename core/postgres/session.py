"""The one connection that is held to a server, and how a question is put on it.

A question is one message of the simple query protocol: one round trip, no prepared statement, all
its statements in one implicit transaction. Its last statement is ours and measures the time since
the server received the message, so the cost that is reported holds nothing of the network.

A direct session sets its limits once. Behind a pooler in transaction mode every message may meet
another server session; there the message begins with settings that are local to its implicit
transaction, and nothing is left behind for the next client of that session.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncClientCursor, AsyncConnection

from core.config.settings import CollectSettings
from core.errors import ServerError
from core.model.server import LinkState
from core.model.versions import NEWEST, OLDEST, is_too_old
from core.postgres.failure import (
    ConnectError,
    Explanation,
    QuestionError,
    SessionLostError,
    explain,
)
from core.postgres.target import Target
from core.postgres.text import register_lenient_text

Row = tuple[Any, ...]

_CLOCK = (
    b"SELECT /* pgvigil */ pg_catalog.date_part('epoch',"
    b" pg_catalog.clock_timestamp() - pg_catalog.statement_timestamp()) * 1000"
)
_LIMITS = (
    b"SELECT /* pgvigil */"
    b" pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', %(local)s),"
    b" pg_catalog.set_config('statement_timeout', %(statement_timeout)s, %(local)s),"
    b" pg_catalog.set_config('lock_timeout', %(lock_timeout)s, %(local)s),"
    b" pg_catalog.set_config('extra_float_digits', '1', %(local)s),"
    b" pg_catalog.set_config('jit', 'off', %(local)s),"
    b" pg_catalog.set_config(%(read_only)s, 'on', %(local)s)"
)
# idle_session_timeout came with PostgreSQL 14; where it is set, it would end a session at rest.
_NEVER_IDLE_OUT = (
    b"SELECT /* pgvigil */ pg_catalog.set_config(name, '0', false)"
    b" FROM pg_catalog.pg_settings WHERE name = 'idle_session_timeout' AND setting <> '0'"
)
_WHO_AM_I = (
    b"SELECT /* pgvigil */ pg_catalog.pg_backend_pid(),"
    b" pg_catalog.current_setting('server_version_num')::pg_catalog.int4,"
    b" pg_catalog.current_setting('server_version')"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a question may take, in seconds.

    ``network`` is how much longer than ``statement`` an answer may take before the connection
    counts as dead.
    """

    connect: float
    statement: float
    lock: float
    network: float

    @classmethod
    def from_settings(cls, settings: CollectSettings) -> Limits:
        """The limits that the settings give."""
        return cls(
            connect=settings.connect_timeout_seconds,
            statement=settings.statement_timeout_seconds,
            lock=settings.lock_timeout_seconds,
            network=settings.network_timeout_seconds,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gave: the rows of each of its statements, and what it cost.

    ``server_ms`` is the server's own measure; ``statements`` counts also those that pgvigil adds.
    """

    results: tuple[list[Row], ...]
    server_ms: float
    rows_count: int
    statements: int

    @property
    def rows(self) -> list[Row]:
        """The rows of the first statement."""
        return self.results[0]


class Session:
    """A held connection; make one with `Session.connect`."""

    def __init__(self, target: Target, limits: Limits, connection: AsyncConnection[Row]) -> None:
        self.target = target
        self.limits = limits
        self.via_pooler = True
        self.version_num = 0
        self._connection = connection
        self._turn = asyncio.Lock()
        self._timed_out = False

    @classmethod
    async def connect(cls, target: Target, limits: Limits) -> Session:
        """Connect, find out whether a pooler stands between, and set the session's limits.

        Raises:
            ConnectError: the server could not be reached, refused, or is too old.
        """
        try:
            password = await asyncio.to_thread(target.password.fetch, limits.connect)
            connection = await _open(target, limits, password)
        except (psycopg.Error, ServerError, OSError, TimeoutError) as error:
            raise ConnectError(explain(error, target)) from None
        session = cls(target, limits, connection)
        try:
            await session._introduce()
        except ServerError as error:
            await session.close()
            raise ConnectError(explain(error, target)) from error
        return session

    @property
    def alive(self) -> bool:
        """Whether a question can still be put."""
        return not self._connection.closed

    async def ask(self, sql: bytes, parameters: Mapping[str, Any] | None = None) -> Answer:
        """Put a question: one or more statements of ``sql`` in one round trip.

        Text in the answer is decoded leniently: invalid bytes become U+FFFD.

        Raises:
            QuestionError: the server refused this question (privilege, timeout, …).
            SessionLostError: the connection is gone, or gave no answer in time and was given up.
        """
        async with self._turn:
            return await self._ask(sql, parameters or {})

    async def close(self) -> None:
        """End the session; safe to call twice, and on a dead connection."""
        with contextlib.suppress(psycopg.Error, OSError):
            await self._connection.close()

    async def _introduce(self) -> None:
        answer = await self.ask(_WHO_AM_I)
        backend_pid, self.version_num, version = answer.rows[0]
        if is_too_old(self.version_num):
            raise ConnectError(_too_old(version, self.target))
        # A pooler hands out cancel keys of its own, so the pid of the handshake is not a server's.
        self.via_pooler = backend_pid != self._connection.info.backend_pid
        if not self.via_pooler:
            settings = self._limits(local=False)
            await self.ask(_LIMITS + b";" + _NEVER_IDLE_OUT, settings)

    def _limits(self, *, local: bool) -> dict[str, Any]:
        return {
            "local": local,
            "statement_timeout": str(round(self.limits.statement * 1000)),
            "lock_timeout": str(round(self.limits.lock * 1000)),
            "read_only": "transaction_read_only" if local else "default_transaction_read_only",
        }

    async def _ask(self, sql: bytes, parameters: Mapping[str, Any]) -> Answer:
        if not self.alive:
            raise SessionLostError(
                Explanation(LinkState.UNREACHABLE, f"the session with {self.target.display} ended")
            )
        message = sql + b";" + _CLOCK
        if self.via_pooler:
            message = _LIMITS + b";" + message
            parameters = {**self._limits(local=True), **parameters}
        started = time.monotonic()
        try:
            results = await self._exchange(message, parameters or None)
        except psycopg.Error as error:
            await self._give_up_or_blame(error, (time.monotonic() - started) * 1000)
            raise AssertionError from error
        server_ms = float(results[-1][0][0])
        answers = results[1:-1] if self.via_pooler else results[:-1]
        return Answer(answers, server_ms, sum(map(len, answers)), len(results))

    async def _exchange(
        self, message: bytes, parameters: Mapping[str, Any] | None
    ) -> tuple[list[Row], ...]:
        exchange = asyncio.ensure_future(self._execute(message, parameters))
        deadline = self.limits.statement + self.limits.network
        try:
            done, _ = await asyncio.wait({exchange}, timeout=deadline)
        except asyncio.CancelledError:
            self._hang_up()
            with contextlib.suppress(psycopg.Error):
                await exchange
            raise
        if not done:
            self._timed_out = True
            self._hang_up()
        return await exchange

    async def _execute(
        self, message: bytes, parameters: Mapping[str, Any] | None
    ) -> tuple[list[Row], ...]:
        async with AsyncClientCursor(self._connection) as cursor:
            await cursor.execute(message, parameters)
            results = []
            while True:
                results.append(await cursor.fetchall() if cursor.description else [])
                if not cursor.nextset():
                    return tuple(results)

    def _hang_up(self) -> None:
        """Shut the socket down, so that libpq sees the end of it at once.

        Cancelling the task instead would have psycopg send a cancel request over the same dead
        network, and wait for it.
        """
        with (
            contextlib.suppress(OSError, psycopg.Error),
            socket.socket(fileno=os.dup(self._connection.pgconn.socket)) as line,
        ):
            line.shutdown(socket.SHUT_RDWR)

    async def _give_up_or_blame(self, error: psycopg.Error, elapsed_ms: float) -> None:
        sqlstate = error.sqlstate or ""
        lost = not self.alive or sqlstate.startswith("08") or sqlstate[:4] == "57P0"
        explanation = explain(error, self.target)
        if not lost:
            raise QuestionError(explanation, sqlstate=sqlstate, server_ms=elapsed_ms) from error
        await self.close()
        if self._timed_out:
            explanation = Explanation(
                LinkState.UNREACHABLE,
                f"{self.target.display} gave no answer",
                why=f"nothing came within {elapsed_ms / 1000:.0f} s; the connection was given up",
                remedy="check the network and the host; pgvigil keeps trying",
            )
        raise SessionLostError(explanation) from error


def _too_old(version: str, target: Target) -> Explanation:
    return Explanation(
        LinkState.REFUSED,
        f"PostgreSQL {version} is too old for pgvigil: {target.display}",
        why=f"pgvigil works with PostgreSQL {OLDEST} and newer",
        remedy=f"upgrade the server to PostgreSQL {NEWEST} or another version that gets fixes",
    )


async def _open(target: Target, limits: Limits, password: str | None) -> AsyncConnection[Row]:
    """Connect within the time that is allowed for each host, looking its name up included."""
    seconds = max(2, round(limits.connect))
    with contextlib.suppress(ValueError):
        own = int(target.parameters.get("connect_timeout", ""))
        seconds = own if own > 0 else seconds
    hosts = target.parameters.get("host", "").count(",") + 1
    async with asyncio.timeout(seconds * hosts + limits.network):
        return await _open_in_time(target, limits, seconds, password)


async def _open_in_time(
    target: Target, limits: Limits, seconds: int, password: str | None
) -> AsyncConnection[Row]:
    patience = str(round((limits.statement + limits.network) * 1000))
    parameters: dict[str, Any] = {
        "keepalives_idle": str(seconds),
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "tcp_user_timeout": patience,
        **target.parameters,
        "connect_timeout": str(seconds),
        # Raw bytes: the server neither converts nor checks, so no text can make a question fail.
        "client_encoding": "SQL_ASCII",
    }
    if password is not None:
        parameters["password"] = password
    connection = await AsyncConnection.connect("", autocommit=True, **parameters)
    register_lenient_text(connection)
    return connection
