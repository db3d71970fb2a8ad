"""A server of few connection slots, and somebody who takes them all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psycopg

from core.postgres.embedded import EmbeddedServer
from tests.servers.factory import ServerFactory


def server_of_few_slots(start_server: ServerFactory) -> str:
    """The DSN of a role with pg_monitor on a server with five slots for ordinary roles."""
    server: EmbeddedServer = start_server(settings={"max_connections": 8})
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        connection.execute("CREATE ROLE mon LOGIN PASSWORD 'mon' IN ROLE pg_monitor")
    return server.dsn(user="mon", password="mon")


@contextmanager
def every_slot_taken(dsn: str) -> Iterator[list[psycopg.Connection]]:
    """Connections in every slot that an ordinary role can get, those that are left let go of."""
    with ExitStack() as open_:
        taken: list[psycopg.Connection] = []
        with suppress(psycopg.OperationalError):
            while True:
                connection = psycopg.connect(dsn)
                open_.callback(connection.close)
                taken.append(connection)
        yield taken
