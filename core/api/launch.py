"""What a run of pgvigil is about: which servers, which settings, which state folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.config.settings import Settings
from core.model.server import ServerEntry


@dataclass(frozen=True, slots=True)
class Launch:
    """The servers that were asked for, the first of them shown first, and how they are watched.

    ``settings.servers`` holds exactly these servers. ``passwords`` are those that stood in a DSN
    on the command line; they go to the watcher through a pipe and are stored nowhere.
    """

    servers: tuple[ServerEntry, ...]
    settings: Settings
    state_folder: Path
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)


def open_launch(
    target: str | Sequence[str] | None = None,
    config: Path | None = None,
    *,
    state_folder: Path | None = None,
) -> Launch:
    """The launch for ``target``: NAMEs of the config, DSNs, or nothing.

    Nothing means every configured server, and where none is configured, what libpq's environment
    says. A server given as a DSN gets the id ``user@host:port/database``.

    Raises:
        ConfigError: the config file has errors, or a NAME is not in it.
    """
    raise NotImplementedError


def ensure_watcher(launch: Launch) -> None:
    """Start a watcher for those servers of ``launch`` that no process of this host watches.

    Costs microseconds where all are watched: one ``flock`` a server.

    Raises:
        PgvigilError: the watcher could not be started.
    """
    raise NotImplementedError
