"""The config file for the command line: where it is, what is wrong with it, how it is written."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from core.config.check import check as check_file
from core.config.paths import config_file, state_folder, themes_folder
from core.config.problems import InvalidConfigError, Problem
from core.config.settings import ThresholdSettings

__all__ = [
    "InvalidConfigError",
    "Problem",
    "ThresholdSettings",
    "check",
    "config_file",
    "example",
    "state_folder",
    "themes_folder",
]


def check(path: Path, themes: Collection[str] = ()) -> tuple[Problem, ...]:
    """Every problem of the config file at ``path``, in its order; none: it can be used.

    ``themes`` are the names of the colour themes that there are; empty: the name is not checked.
    """
    return check_file(path, themes)


def example() -> str:
    """The text of ``config.example.toml``: every key, its default, and what it means."""
    from core.config.example import EXAMPLE_SERVERS, document

    return document(EXAMPLE_SERVERS)
