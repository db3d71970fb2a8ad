"""The config file for the command line: what is wrong with it, how it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from core.config.build import BY_REFERENCE, NEVER_WRITTEN, nearest_name
from core.config.check import check as check_file
from core.config.dsn import SECRET_PARAMETERS
from core.config.problems import InvalidConfigError, KeyPath, Problem
from core.config.rules import Broken
from core.config.settings import Settings, ThresholdSettings

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
    from core.postgres.dsn_reading import dsn_faults

    given: list[tuple[KeyPath, str]] = [
        *((("servers", name, "dsn"), server.dsn) for name, server in settings.servers.items()),
        (("store", "url"), settings.store.url),
    ]
    for at, dsn in given:
        for fault in dsn_faults(dsn):
            said = f"libpq says: {fault.why}"
            if fault.nearest in SECRET_PARAMETERS:
                yield Broken(at, f"{said}, and {NEVER_WRITTEN}", BY_REFERENCE)
            else:
                yield Broken(at, said, fault.wanted, fault.nearest)


def example() -> str:
    """The text of ``config.example.toml``: every key, its default, and what it means."""
    from core.config.example import EXAMPLE_SERVERS, document

    return document(EXAMPLE_SERVERS)
