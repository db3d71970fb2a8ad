"""The one server that a backup reads: every session and every program reaches exactly this one.

A target may name several hosts, a service, or leave things to the environment. A snapshot exists on
one server only, so after the first connection all that libpq made of it is pinned.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, LiteralString, Self

import psycopg
from psycopg.conninfo import make_conninfo

from core.backup.dump.failure import explained
from core.backup.dump.session import READING, set_up
from core.config.dsn import SECRET_PARAMETERS
from core.config.dump_settings import DumpSettings
from core.errors import ServerError
from core.model.connections import BACKUP_APPLICATION
from core.postgres.failure import ConnectError, explain
from core.postgres.target import Target

Connection = psycopg.Connection[tuple[Any, ...]]

# What is resolved by now, or would change what is read.
_NOT_PASSED_ON = frozenset(
    {
        "service",
        "servicefile",
        "host",
        "hostaddr",
        "port",
        "target_session_attrs",
        "load_balance_hosts",
        "client_encoding",
        "application_name",
        "fallback_application_name",
        "replication",
    }
)
# What libpq fills in by itself, and an older one does not know.
_FILLED_IN = {("sslcertmode", "allow")}
_SECTION = "pgvigil"
_READ_ONLY: LiteralString = "default_transaction_read_only"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server and one database on it; the representation holds no secret.

    ``parameters`` are libpq's without the ``secrets``, which reach a program by its environment.
    """

    display: str
    database: str
    encoding: str
    server_version: int
    target: Target
    settings: DumpSettings
    parameters: dict[str, str] = field(repr=False)
    secrets: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, target: Target, settings: DumpSettings) -> Self:
        """The server that ``target`` leads to now.

        Raises:
            ConnectError: it can't be reached, or refuses.
        """
        seconds = settings.connect_timeout_seconds
        try:
            password = target.password.fetch(seconds)
            parameters: dict[str, Any] = {
                "connect_timeout": str(max(2, round(seconds))),
                **target.parameters,
            }
            if password is not None:
                parameters["password"] = password
            with psycopg.connect("", autocommit=True, **parameters) as connection:
                return cls._pinned(connection, target, settings)
        except (psycopg.Error, ServerError, OSError) as error:
            raise ConnectError(explain(error, target)) from None

    @classmethod
    def _pinned(cls, connection: Connection, target: Target, settings: DumpSettings) -> Self:
        chosen = {
            option.keyword.decode(): option.val.decode()
            for option in connection.pgconn.info
            if option.val and option.val != option.compiled
        }
        secrets = {key: value for key, value in chosen.items() if key in SECRET_PARAMETERS}
        info = connection.info
        parameters = {
            key: value
            for key, value in chosen.items()
            if key not in _NOT_PASSED_ON | SECRET_PARAMETERS and (key, value) not in _FILLED_IN
        }
        parameters |= {"host": info.host, "port": str(info.port), "dbname": info.dbname}
        if info.hostaddr:
            parameters["hostaddr"] = info.hostaddr
        return cls(
            display=target.display,
            database=info.dbname,
            encoding=info.parameter_status("server_encoding") or "UTF8",
            server_version=info.server_version,
            target=target,
            settings=settings,
            parameters=parameters,
            secrets=secrets,
        )

    def with_database(self, name: str) -> Self:
        """Another database of the same server."""
        parameters = {**self.parameters, "dbname": name}
        return replace(self, database=name, parameters=parameters)

    def connect(self) -> Connection:
        """A session in autocommit mode that is set up to read a database as pg_dump does.

        Raises:
            ConnectError: it can't be made.
        """
        connection = self.connect_to_change()
        with self.explaining():
            set_up(connection, READING, lock_wait_seconds=self.settings.lock_wait_seconds)
        return connection

    def connect_to_change(self) -> Connection:
        """A session in autocommit mode as the server and the role are set up.

        Raises:
            ConnectError: it can't be made.
        """
        parameters: dict[str, Any] = {
            "keepalives_idle": "30",
            "keepalives_interval": "10",
            "keepalives_count": "3",
            **self.parameters,
            **self.secrets,
            "application_name": BACKUP_APPLICATION,
            "client_encoding": "UTF8",
        }
        try:
            return psycopg.connect("", autocommit=True, **parameters)
        except (psycopg.Error, OSError) as error:
            raise ConnectError(explain(error, self.target)) from None

    def connect_to_write(self) -> Connection:
        """The same, and it may write whatever database or role are set up to begin with.

        Raises:
            ConnectError: it can't be made.
            BackupError: it was lost at once.
        """
        connection = self.connect_to_change()
        with self.explaining():
            connection.execute(f"SET {_READ_ONLY} = off")
        return connection

    def writable(self) -> Self:
        """The same server; where sessions begin read-only there, its own and its programs' do not.

        Nothing is said to a server where they do not: a pooler may know no such parameter.

        Raises:
            ConnectError: it can't be reached.
            BackupError: the connection was lost.
        """
        with self.explaining(), self.connect_to_change() as connection:
            row = connection.execute(f"SHOW {_READ_ONLY}").fetchone()
        if row == ("off",):
            return self
        options = f"{self.parameters.get('options', '')} -c {_READ_ONLY}=off".strip()
        return replace(self, parameters={**self.parameters, "options": options})

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """What the server refuses within becomes an error that says what to do.

        Raises:
            BackupError: something was refused, or the connection was lost.
        """
        try:
            yield
        except (psycopg.Error, UnicodeDecodeError) as error:
            raise explained(str(error), self.display) from error

    def conninfo(self) -> str:
        """The connection string for a program's argument: without a secret."""
        parameters = {**self.parameters, "application_name": BACKUP_APPLICATION}
        if self._others():
            parameters["service"] = _SECTION
        return make_conninfo("", **parameters)

    @contextmanager
    def secret_environment(self) -> Iterator[dict[str, str]]:
        """The variables that give a program its secrets.

        The few that libpq takes from no variable stand in a private service file, for as long as
        the context lasts.
        """
        variables = {}
        if "password" in self.secrets:
            variables["PGPASSWORD"] = self.secrets["password"]
        others = self._others()
        if not others:
            yield variables
            return
        with tempfile.TemporaryDirectory(prefix="pgvigil-") as folder:
            path = Path(folder) / "service.conf"
            path.touch(mode=0o600)
            lines = [f"[{_SECTION}]", *(f"{key}={value}" for key, value in others.items())]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            yield variables | {"PGSERVICEFILE": str(path)}

    def _others(self) -> dict[str, str]:
        return {key: value for key, value in self.secrets.items() if key != "password"}
