"""The demonstration's PostgreSQL: its settings, and the way from nothing to a server with rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from core.demo.schema import create_roles, create_schema
from core.postgres.embedded import EmbeddedServer, Programs, ServerAccount, StopMode, unpack

SUPERUSER = "postgres"
SETTINGS: dict[str, str | int] = {
    "cluster_name": "demo",
    "max_connections": 60,
    "superuser_reserved_connections": 3,
    "reserved_connections": 2,
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "track_io_timing": "on",
    "log_statement": "ddl",
    "log_lock_waits": "on",
    "log_min_duration_statement": "500ms",
    # One file an hour of the day, so that the logs of a day are all that there ever is.
    "log_filename": "postgresql-%H.log",
    "log_rotation_age": "1h",
    "log_rotation_size": 0,
    "log_truncate_on_rotation": "on",
}


class StageServer:
    """A server in ``folder``.

    ``port``, ``pid``, ``passwords`` (by role) and ``programs`` are known after the steps.
    """

    programs: Programs

    def __init__(self, folder: Path, account: ServerAccount) -> None:
        self._folder = folder
        self._account = account
        self.port = 0
        self.pid: int | None = None
        self.passwords: dict[str, str] = {}

    def steps(self, stack: ExitStack) -> Iterator[str]:
        """Set it up; before each step gives the line that tells what comes. ``stack`` stops it.

        Raises:
            EmbeddedServerError: a step failed.
            psycopg.Error: the schema could not be made.
        """
        yield f"Unpacking PostgreSQL 18 into {self._folder}"
        self.programs = programs = unpack(self._folder)
        yield f"Making its data folder, as user {self._account.name}"
        folder = self._folder / "server"
        folder.mkdir(mode=0o700)
        self._account.own(folder)
        server = EmbeddedServer(programs, folder, settings=SETTINGS, account=self._account)
        server.initialize()
        yield "Starting it"
        stack.callback(server.stop, StopMode.IMMEDIATE)
        server.start()
        self.port, self.pid = server.port, server.pid
        yield f"It listens on 127.0.0.1:{self.port}. Making roles, tables and rows"
        self.passwords = {**create_roles(server), SUPERUSER: server.password}
        create_schema(server)
