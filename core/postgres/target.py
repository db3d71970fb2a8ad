"""A server to connect to: libpq's parameters, and a name for it that tells no secret."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from psycopg import pq

from core.config.dsn import SECRET_PARAMETERS
from core.config.options import check_options
from core.config.paths import with_home
from core.config.secrets import PasswordSource
from core.config.settings import ServerSettings
from core.postgres.dsn_reading import parse_dsn

APPLICATION_NAME = "pgvigil"


@dataclass(frozen=True, slots=True)
class Target:
    """How one server is reached. Its representation never holds a password.

    ``parameters`` are libpq's connection parameters. What is not in them is left to libpq: the PG*
    variables, service files, ``~/.pgpass``, the TLS files in ``~/.postgresql``.
    """

    name: str
    display: str
    parameters: dict[str, str] = field(repr=False)
    password: PasswordSource = field(default=PasswordSource(), repr=False)

    @classmethod
    def from_settings(cls, name: str, settings: ServerSettings) -> Target:
        """The target that ``settings`` describe; a key of its own wins over the same in the DSN.

        In keys of its own ~ is the home folder; a DSN is libpq's, which takes ~ as it stands.

        Raises:
            ConfigError: the DSN can't be understood, an option has a value that libpq doesn't
                know, a file is in the home folder of nobody, or several password sources are named.
        """
        parameters = parse_dsn(settings.dsn) if settings.dsn else {}
        own = {
            "host": settings.host,
            "port": str(settings.port) if settings.port else "",
            "dbname": settings.dbname,
            "user": settings.user,
            "service": settings.service,
            "sslmode": settings.sslmode,
            "sslrootcert": _path(settings.sslrootcert),
            "sslcert": _path(settings.sslcert),
            "sslkey": _path(settings.sslkey),
        }
        parameters |= {key: value for key, value in own.items() if value}
        check_options(parameters)
        parameters.setdefault("application_name", APPLICATION_NAME)
        return cls(
            name=name,
            display=_display(parameters),
            parameters=parameters,
            password=PasswordSource.from_settings(f"server {name}", settings),
        )

    @property
    def has_password(self) -> bool:
        """Whether a password is given, or said where it is to be had: libpq looks for none."""
        source = self.password
        named = source.variable or source.file or source.command
        return bool(named or self.parameters.get("password"))

    def with_database(self, name: str) -> Target:
        """The same server, another database."""
        parameters = {**self.parameters, "dbname": name}
        return replace(self, display=_display(parameters), parameters=parameters)

    def secrets(self) -> tuple[str, ...]:
        """The secret values among ``parameters``: what no message may hold."""
        return tuple(
            self.parameters[key] for key in sorted(SECRET_PARAMETERS) if self.parameters.get(key)
        )


def settings_from_dsn(dsn: str) -> ServerSettings:
    """The settings for a server that is given on the command line.

    Raises:
        ConfigError: libpq can't understand ``dsn``, or won't take the value of an option.
    """
    check_options(parse_dsn(dsn))
    return ServerSettings(dsn=dsn)


def _path(given: str) -> str:
    """A file as libpq is to take it; what names none, like ``system``, as it stands."""
    return str(with_home(Path(given))) if given.startswith("~") else given


def _display(parameters: dict[str, str]) -> str:
    """A connection URI without password: defaults of libpq filled in, as far as they are known."""
    service = parameters.get("service")
    if service and "host" not in parameters:
        return f"service={service}"
    defaults = _defaults()
    user = parameters.get("user") or defaults.get("user", "")
    host = parameters.get("host") or parameters.get("hostaddr") or defaults.get("host", "")
    port = parameters.get("port") or defaults.get("port", "")
    database = parameters.get("dbname") or defaults.get("dbname") or user
    hosts = host.split(",") if host else [""]
    ports = port.split(",") if port else [""]
    places = [
        _place(where, ports[index] if len(ports) > 1 else ports[0])
        for index, where in enumerate(hosts)
    ]
    return f"postgresql://{quote(user, safe='')}@{','.join(places)}/{quote(database, safe='')}"


def _place(host: str, port: str) -> str:
    if ":" in host:
        host = f"[{host}]"
    shown = quote(host, safe="[]:%/@")
    return f"{shown}:{port}" if port and port != "5432" else shown


def _defaults() -> dict[str, str]:
    return {
        option.keyword.decode(): option.val.decode("utf-8", "replace")
        for option in pq.Conninfo.get_defaults()
        if option.val is not None
    }
