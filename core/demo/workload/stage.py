"""What every part of the workload plays on: connections by role, and a voice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import psycopg
from psycopg.rows import TupleRow

from core.demo.messages import Brief
from core.demo.scenario import Timings

_RETRY_SECONDS = 1.0

Client: TypeAlias = psycopg.AsyncConnection[TupleRow]
Part: TypeAlias = Callable[["Stage"], Awaitable[None]]


class Stage:
    """One workload process's server, timings, and what it tells the person who watches."""

    def __init__(self, brief: Brief, say: Callable[[str], None]) -> None:
        self._brief = brief
        self.say = say

    @property
    def timings(self) -> Timings:
        """When what happens."""
        return self._brief.timings

    async def connect(self, role: str, application: str, *, password: str | None = None) -> Client:
        """A connection as ``role`` in autocommit; with ``password`` instead of the role's own.

        Raises:
            psycopg.OperationalError: the server refuses, or does not answer.
        """
        return await psycopg.AsyncConnection.connect(
            host=self._brief.host,
            port=self._brief.port,
            dbname=self._brief.database,
            user=role,
            password=self._brief.passwords[role] if password is None else password,
            application_name=application,
            connect_timeout=10,
            autocommit=True,
        )

    async def keep_up(self, part: Part) -> None:
        """Play ``part`` to its end; begin again when the server or somebody ends its session."""
        while True:
            try:
                await part(self)
            except psycopg.Error:
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return
