"""A network between a client and a server that can be slow, silent or cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit


class Network:
    """Forwards bytes until told otherwise; use `network_to`."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._flows = asyncio.Event()
        self._flows.set()
        self._lines: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.delay = 0.0
        self.messages = 0
        self.refused = 0
        self._admits = True
        self._has_ended = False

    def drop_packets(self) -> None:
        """From now on nothing arrives, and nobody is told."""
        self._flows.clear()

    def deliver(self) -> None:
        """From now on everything arrives again, also what was held up."""
        self._flows.set()

    def refuse(self) -> None:
        """From now on close every new connection at once."""
        self._admits = False

    def admit(self) -> None:
        """From now on let new connections through again."""
        self._admits = True

    def cut(self) -> None:
        """Close all connections."""
        for line in self._lines:
            line.transport.abort()

    async def serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        """Join one client to the server."""
        if not self._admits:
            self.refused += 1
            answers.transport.abort()
            return
        self._lines.add(answers)
        server, questions = await asyncio.open_connection(self._host, self._port)
        self._lines.add(questions)
        if self._has_ended:
            self.cut()
            return
        for reader, writer, counts in ((client, questions, True), (server, answers, False)):
            task = asyncio.create_task(self._forward(reader, writer, counts=counts))
            self._tasks.add(task)

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counts: bool
    ) -> None:
        try:
            while data := await reader.read(65536):
                await self._flows.wait()
                await asyncio.sleep(self.delay)
                self.messages += counts
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()

    async def end(self) -> None:
        """Close everything, also a connection that is just being made."""
        self._has_ended = True
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # The loop closes an aborted connection in its next round.
        await asyncio.sleep(0)


@asynccontextmanager
async def network_to(dsn: str) -> AsyncIterator[tuple[str, Network]]:
    """The DSN of the same server through a `Network`, and that network."""
    parts = urlsplit(dsn)
    network = Network(parts.hostname or "127.0.0.1", parts.port or 5432)
    listener = await asyncio.start_server(network.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    place = f"{parts.username}:{parts.password}@127.0.0.1:{port}"
    try:
        yield urlunsplit(parts._replace(netloc=place)), network
    finally:
        listener.close()
        await network.end()
