"""Where a server is, read without libpq: a console names its servers before it imports anything.

Only for names on a screen and for ids. What is connected to is libpq's reading of the same words.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from getpass import getuser
from urllib.parse import parse_qsl, unquote

from core.config.settings import ServerSettings

_SCHEMES = ("postgresql://", "postgres://")
_PAIR = re.compile(r"([A-Za-z_]+)\s*=\s*('(?:\\.|[^'\\])*'|(?:\\.|[^\s'\\])*)")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Address:
    """A server's place without any secret."""

    user: str
    host: str
    port: str
    database: str
    service: str = ""

    @property
    def server_id(self) -> str:
        """The id of a server that has no name in a config."""
        if self.service and not self.host:
            return f"service={self.service}"
        return f"{self.user}@{self.host or 'local'}:{self.port}/{self.database}"

    @property
    def target(self) -> str:
        """What a screen shows of it."""
        if self.service and not self.host:
            return f"service={self.service}"
        return f"postgresql://{self.user}@{self.host}:{self.port}/{self.database}"


def address_of(server: ServerSettings, environment: Mapping[str, str] | None = None) -> Address:
    """The address that ``server`` names; the rest from libpq's variables and defaults."""
    variables = os.environ if environment is None else environment
    given = _parameters(server.dsn) | {
        name: value
        for name, value in (
            ("user", server.user),
            ("host", server.host),
            ("port", str(server.port or "")),
            ("dbname", server.dbname),
            ("service", server.service),
        )
        if value
    }
    service = given.get("service") or variables.get("PGSERVICE", "")
    user = given.get("user") or variables.get("PGUSER") or _os_user()
    return Address(
        user=user,
        host=given.get("host") or given.get("hostaddr") or variables.get("PGHOST", ""),
        port=given.get("port") or variables.get("PGPORT") or "5432",
        database=given.get("dbname") or variables.get("PGDATABASE") or user,
        service=service,
    )


def _parameters(dsn: str) -> dict[str, str]:
    """The parameters of a connection string, as its documentation in libpq has them."""
    if not dsn.startswith(_SCHEMES):
        return {name.lower(): _unquoted(value) for name, value in _PAIR.findall(dsn)}
    rest, _, query = dsn.partition("://")[2].partition("?")
    # The last @ ends the user's part even where a password wrongly holds a bare slash: what is
    # shown must never hold a piece of it.
    userinfo, _, rest = rest.rpartition("@")
    places, _, database = rest.partition("/")
    hosts, ports = zip(*(_place(place) for place in places.split(",")), strict=True)
    found = {
        "user": unquote(userinfo.partition(":")[0]),
        "host": ",".join(hosts).strip(","),
        "port": ",".join(ports).strip(","),
        "dbname": unquote(database),
    }
    asked = {name.lower(): value for name, value in parse_qsl(query)}
    return {name: value for name, value in (found | asked).items() if value}


def _place(place: str) -> tuple[str, str]:
    """Host and port of one of a URI's places; an IPv6 address stands in brackets."""
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        return host, port.removeprefix(":")
    host, _, port = place.partition(":")
    return unquote(host), port if port.isdecimal() else ""


def _unquoted(value: str) -> str:
    inner = value[1:-1] if value.startswith("'") else value
    return _ESCAPED.sub(r"\1", inner)


def _os_user() -> str:
    try:
        return getuser()
    except (KeyError, OSError):
        return str(os.getuid())
