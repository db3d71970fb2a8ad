"""What a run of pgvigil is about: which servers, which settings, which state folder."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from core.api.address import address_of
from core.api.digest import digest_of
from core.api.near_names import did_you_mean
from core.config.dsn import is_dsn, parameters_of
from core.config.load import load_settings
from core.config.options import check_options, with_variables
from core.config.paths import config_file
from core.config.paths import state_folder as default_state_folder
from core.config.settings import ServerSettings, Settings
from core.engine.order import Order, Stay
from core.errors import ConfigError, ExitCode
from core.model.configuration import Configuration
from core.model.link import ServerEntry

_PLAIN = re.compile(
    r"|postgres(ql)?://([\w.~!$*+-]*(:[\w.~!$*+-]*)?@)?[\w.-]*(:[0-9]*)?(/[\w.-]*)?", re.ASCII
)
"""A connection string that holds nothing but a place: nothing that libpq could stumble on."""


class UnknownServerError(ConfigError):
    """A NAME that no server has; ``name`` is what was asked for."""

    exit_code = ExitCode.USAGE

    def __init__(self, name: str, *, why: str, remedy: str) -> None:
        super().__init__(f"There is no server named {name}", why=why, remedy=remedy)
        self.name = name


@dataclass(frozen=True, slots=True)
class Launch:
    """The servers that were asked for, the first of them shown first, and how they are watched.

    ``settings.servers`` holds exactly these servers. A password that stood in a DSN on the command
    line is in there: it goes to the watcher through a pipe, and is stored nowhere. ``passing`` is
    true where the state folder goes when the console ends.
    """

    servers: tuple[ServerEntry, ...]
    settings: Settings = field(repr=False)
    state_folder: Path
    passing: bool = False

    def order(self, stay: Stay, asked_at: datetime | None = None) -> Order:
        """What a watcher for this launch is told that was asked for at ``asked_at``, else now."""
        configured = self.configuration(asked_at or datetime.now(UTC))
        return Order(self.servers, str(self.state_folder), stay, self.settings, configured)

    def configuration(self, asked_at: datetime) -> Configuration:
        """By which settings the servers are watched, for comparing with another process's."""
        servers = self.settings.servers
        return Configuration(
            asked_at, {each: digest_of(self.settings, servers[each]) for each in servers}
        )


def open_launch(
    target: str | Sequence[str] | None = None,
    config: Path | None = None,
    *,
    state_folder: Path | None = None,
) -> Launch:
    """The launch for ``target``: NAMEs of the config, DSNs, or nothing.

    Nothing means every configured server, and where none is configured, what libpq's environment
    says. A server given as a DSN gets the id ``user@host:port/database?options``.

    Raises:
        ConfigError: the config file has errors, a NAME is not in it, or a server's connection
            parameters can't be used. That is said before the store is asked for anything.
    """
    settings = load_settings(config)
    targets = (target,) if isinstance(target, str) else tuple(target or ())
    if not targets:
        servers = dict(settings.servers) or dict([_given(ServerSettings())])
    else:
        servers = dict(_asked_for(asked, settings, config) for asked in targets)
    for server in servers.values():
        _check(server)
    return Launch(
        servers=tuple(_entry(server_id, server) for server_id, server in servers.items()),
        settings=replace(settings, servers=servers),
        state_folder=state_folder or default_state_folder(),
    )


def ensure_watcher(launch: Launch) -> int | None:
    """Start a watcher for those servers of ``launch`` that no process of this host watches.

    Gives its pid, or ``None`` where all are watched: that costs one ``flock`` a server.

    Raises:
        PgvigilError: the watcher could not be started.
    """
    from core.engine.spawn import ensure_watcher as ensure

    return ensure(launch.order(Stay.WITH_CONSOLES))


def _asked_for(asked: str, settings: Settings, config: Path | None) -> tuple[str, ServerSettings]:
    """One target's id and settings; a name that is configured wins over a DSN that looks alike."""
    if asked in settings.servers:
        return asked, settings.servers[asked]
    if is_dsn(asked):
        return _given(ServerSettings(dsn=asked))
    names = sorted(settings.servers)
    hint = did_you_mean(asked, names)
    listed = f"configured: {', '.join(names)}" if names else "no server is configured"
    raise UnknownServerError(
        asked,
        why=f"{listed} ({config_file(config)})",
        remedy=f"{hint}give a configured name or postgresql://user@host/database",
    )


def _check(server: ServerSettings) -> None:
    """See that libpq will take the parameters; it is loaded only where it could object to one."""
    if not _PLAIN.fullmatch(server.dsn):
        from core.postgres.target import Target

        Target.from_settings("given", server)
    port = parameters_of(server.dsn).get("port") or str(server.port or "")
    check_options(with_variables({"port": port or os.environ.get("PGPORT", "")}, os.environ))


def _given(server: ServerSettings) -> tuple[str, ServerSettings]:
    return address_of(server).server_id, server


def _entry(server_id: str, server: ServerSettings) -> ServerEntry:
    return ServerEntry(
        server_id=server_id,
        name=server_id,
        target=address_of(server).target,
        production=server.production,
    )
