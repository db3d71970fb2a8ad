"""A PostgreSQL under ``pgbench -c 20``, and what a role costs it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from core.postgres.embedded.account import server_account
from core.postgres.embedded.folder import make_private_folder, remove_folder
from core.postgres.embedded.server import EmbeddedServer
from core.postgres.embedded.unpack import unpack

PASSWORD = "bench"
_SCALE, _CLIENTS = "5", "20"


@dataclass(frozen=True, slots=True)
class ServerCost:
    """What a role cost the server, in milliseconds and statements."""

    milliseconds: float
    statements: float

    def per_minute_since(self, before: ServerCost, seconds: float) -> ServerCost:
        """What came to it in the last ``seconds``, for a minute."""
        return ServerCost(
            (self.milliseconds - before.milliseconds) * 60 / seconds,
            (self.statements - before.statements) * 60 / seconds,
        )


@contextmanager
def server_with_roles(*roles: str) -> Iterator[EmbeddedServer]:
    """An embedded server with pgbench's tables and monitoring ``roles``; nothing is left of it."""
    account = server_account()
    folder = make_private_folder("pgvigil-bench-", account)
    server = EmbeddedServer(unpack(folder), folder, account=account)
    try:
        server.start()
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
            for role in roles:
                connection.execute(
                    f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}' IN ROLE pg_monitor"
                )
        subprocess.run(
            [*_pgbench(server), "-i", "-q", "-s", _SCALE, server.dsn()],
            env=_environment(server),
            check=True,
            capture_output=True,
        )
        yield server
    finally:
        server.remove()
        remove_folder(folder)


@contextmanager
def load_on(server: EmbeddedServer, *, transactions_per_second: int = 0) -> Iterator[None]:
    """``pgbench -c 20`` for as long as it lasts; as fast as it can where no rate is given."""
    rate = ("-R", str(transactions_per_second)) if transactions_per_second else ()
    load = subprocess.Popen(
        [*_pgbench(server), "-c", _CLIENTS, *rate, "-T", "36000", "-n", server.dsn()],
        env=_environment(server),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(1)
        assert load.poll() is None, "pgbench could not be started"
        yield
    finally:
        load.kill()
        load.wait()


def cost_of(server: EmbeddedServer, role: str) -> ServerCost:
    """What ``role`` has cost the server so far, by pg_stat_statements."""
    with psycopg.connect(server.dsn()) as connection:
        row = connection.execute(
            "SELECT coalesce(sum(total_exec_time + total_plan_time), 0), coalesce(sum(calls), 0)"
            " FROM pg_stat_statements(false) WHERE userid = %s::regrole",
            (role,),
        ).fetchone()
    assert row is not None
    return ServerCost(float(row[0]), float(row[1]))


def _pgbench(server: EmbeddedServer) -> list[str]:
    return [str(server.programs.path("pgbench"))]


def _environment(server: EmbeddedServer) -> dict[str, str]:
    return {**server.programs.environment(), "PGPASSWORD": server.password}
