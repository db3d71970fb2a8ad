"""Every problem of a config file at once, in the order of the file."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from core.config.build import Found, build_settings
from core.config.positions import key_lines, line_of
from core.config.problems import InvalidConfigError, Problem
from core.config.rules import broken_rules
from core.config.settings import Settings
from core.config.source import parse, read_text


@dataclass(frozen=True, slots=True)
class Examined:
    """What a config text says, with its problems; where there is a problem, a default stands."""

    settings: Settings
    problems: tuple[Problem, ...]


def examine(text: str, source: str = "config", themes: Collection[str] = ()) -> Examined:
    """Settings and all problems of ``text``; raises ``InvalidConfigError`` when it is not TOML."""
    table = parse(text, source)
    found = Found()
    settings = build_settings(table, found)
    lines = key_lines(text)
    for path, what, expected in broken_rules(settings, lines.keys(), themes):
        if not found.touches(path):
            found.add(path, what, expected=expected)
    placed = [
        dataclasses.replace(problem, line=line_of(lines, path)) for path, problem in found.problems
    ]
    return Examined(settings, tuple(sorted(placed, key=lambda problem: problem.line)))


def check(path: Path, themes: Collection[str] = ()) -> tuple[Problem, ...]:
    """Every problem of the config file at ``path``, in its order; none: it can be used.

    ``themes`` are the names of the colour themes that there are; empty: the name is not checked.
    """
    try:
        return examine(read_text(path), str(path), themes).problems
    except InvalidConfigError as error:
        return error.problems
