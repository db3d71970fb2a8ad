"""Where a server is, read without libpq: a console names its servers before it imports anything.

Only for names on a screen and for ids. What is connected to is libpq's reading of the same words.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from core.config.dsn import parameters_of
from core.config.options import identity, with_variables
from core.config.settings import ServerSettings
from core.store.local import account


@dataclass(frozen=True, slots=True)
class Address:
    """A server's place without any secret."""

    user: str
    host: str
    port: str
    database: str
    service: str = ""
    options: str = ""

    @property
    def server_id(self) -> str:
        """The id of a server that has no name in a config.

        The options are in it: what was found without TLS is not shown to whoever demands it.
        """
        options = f"?{self.options}" if self.options else ""
        if self.service and not self.host:
            return f"service={self.service}{options}"
        return f"{self.user}@{self.host or 'local'}:{self.port}/{self.database}{options}"

    @property
    def target(self) -> str:
        """What a screen shows of it."""
        if self.service and not self.host:
            return f"service={self.service}"
        return f"postgresql://{self.user}@{self.host}:{self.port}/{self.database}"


def address_of(server: ServerSettings, environment: Mapping[str, str] | None = None) -> Address:
    """The address that ``server`` names; the rest from libpq's variables and defaults."""
    variables = os.environ if environment is None else environment
    own = (
        ("user", server.user),
        ("host", server.host),
        ("port", str(server.port or "")),
        ("dbname", server.dbname),
        ("service", server.service),
        ("sslmode", server.sslmode),
        ("sslrootcert", server.sslrootcert),
        ("sslcert", server.sslcert),
        ("sslkey", server.sslkey),
    )
    given = parameters_of(server.dsn) | {name: value for name, value in own if value}
    service = given.get("service") or variables.get("PGSERVICE", "")
    user = given.get("user") or variables.get("PGUSER") or account()
    return Address(
        user=user,
        host=given.get("host") or given.get("hostaddr") or variables.get("PGHOST", ""),
        port=given.get("port") or variables.get("PGPORT") or "5432",
        database=given.get("dbname") or variables.get("PGDATABASE") or user,
        service=service,
        options=identity(with_variables(given, variables)),
    )
