"""The config file for the command line: what is wrong with it, how it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from core.config.build import nearest_name
from core.config.check import check as check_file
from core.config.problems import InvalidConfigError, Problem
from core.config.rules import Broken
from core.config.settings import Settings, ThresholdSettings
from core.errors import ConfigError

__all__ = [
    "InvalidConfigError",
    "Problem",
    "ThresholdSettings",
    "check",
    "example",
]


def check(path: Path, themes: Collection[str] = ()) -> tuple[Problem, ...]:
    """Every problem of the config file at ``path``, in its order; none: it can be used.

    ``themes`` are the names of the colour themes that there are; empty: the name is not checked.
    Beyond what every start checks, libpq itself reads each connection string.
    """

    def theme_exists(settings: Settings) -> Iterator[Broken]:
        asked = settings.console.theme
        if themes and asked not in themes:
            near = nearest_name(asked, themes)
            yield Broken(
                ("console", "theme"),
                "no such theme",
                "one of " + ", ".join(sorted(themes)),
                f'"{near}"' if near else "",
            )

    return check_file(path, (theme_exists, _libpq_reads))


def _libpq_reads(settings: Settings) -> Iterator[Broken]:
    from core.postgres.target import dsn_faults

    for name, server in settings.servers.items():
        at = ("servers", name, "dsn")
        try:
            faults = dsn_faults(server.dsn)
        except ConfigError as error:
            yield Broken(at, f"libpq says: {error.why}")
        else:
            yield from (Broken(at, f"libpq says: {why}", wanted) for _, why, wanted in faults)


def example() -> str:
    """The text of ``config.example.toml``: every key, its default, and what it means."""
    from core.config.example import EXAMPLE_SERVERS, document

    return document(EXAMPLE_SERVERS)
