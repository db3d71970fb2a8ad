"""Every problem of a config file at once, in the order of the file."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from core.config.build import Found, build_settings
from core.config.positions import key_lines, line_of
from core.config.problems import InvalidConfigError, KeyPath, Problem
from core.config.rules import Broken, Given, broken_rules
from core.config.settings import Settings
from core.config.source import parse, read_text


@dataclass(frozen=True, slots=True)
class Examined:
    """What a config text says, with its problems; where there is a problem, a default stands."""

    settings: Settings
    problems: tuple[Problem, ...]


Rule = Callable[[Settings], Iterable[Broken]]
"""Says of settings that are right in themselves what else is wrong with them."""


def examine(text: str, source: str = "config", rules: Iterable[Rule] = ()) -> Examined:
    """Settings and all problems of ``text``, by the rules of the model and by ``rules``.

    Raises:
        InvalidConfigError: the text is not TOML.
    """
    table = parse(text, source)
    found = Found()
    settings = build_settings(table, found)
    lines = key_lines(text)
    refused = frozenset(path for path, _ in found.problems)
    given = Given(lines.keys(), refused, found.numbers)
    for broken in chain(broken_rules(settings, given), *(rule(settings) for rule in rules)):
        if broken.path in found.numbers or not _rests_on(broken, refused):
            found.add(broken.path, broken.what, expected=broken.expected, nearest=broken.nearest)
    placed = [
        dataclasses.replace(problem, line=line_of(lines, path)) for path, problem in found.problems
    ]
    return Examined(settings, tuple(sorted(placed, key=lambda problem: problem.line)))


def _rests_on(broken: Broken, refused: Collection[KeyPath]) -> bool:
    """Whether a rule speaks of a value in whose place a default stands because it was refused.

    A rule about a table as a whole rests on all keys in it; one about its name on none.
    """
    depth = len(broken.path)
    return any(
        at == broken.path[: len(at)] or (not broken.is_name and at[:depth] == broken.path)
        for at in refused
    )


def check(path: Path, rules: Iterable[Rule] = ()) -> tuple[Problem, ...]:
    """Every problem of the config file at ``path``, in its order; none: it can be used."""
    try:
        return examine(read_text(path), str(path), rules).problems
    except InvalidConfigError as error:
        return error.problems
