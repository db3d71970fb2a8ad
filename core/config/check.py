"""Every problem of a config file at once, in the order of the file."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from core.config.build import Found, build_settings
from core.config.positions import key_lines, line_of
from core.config.problems import InvalidConfigError, KeyPath, Problem
from core.config.rules import Broken, Given, broken_rules
from core.config.salvage import salvage
from core.config.settings import Settings
from core.config.source import parse, read_text

_FIT_IS_UNSEEN = "; whether values fit together is looked at once all is TOML"


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
    given = Given(lines.keys(), frozenset(path for path, _ in found.problems), found.numbers)
    _judge(chain(broken_rules(settings, given), *(rule(settings) for rule in rules)), found)
    return Examined(settings, _in_order(_placed(found, lines)))


def _despite_syntax(text: str, rules: Iterable[Rule]) -> tuple[Problem, ...]:
    """All problems of a text that is not TOML, as far as they are surely some.

    The model's own rules are left out: they set values against each other, and some can't be read.
    """
    salvaged = salvage(text)
    found = Found()
    settings = build_settings(parse(salvaged.text, ""), found)
    _judge(chain.from_iterable(rule(settings) for rule in rules), found)
    first, *others = _in_order(salvaged.problems)
    first = dataclasses.replace(first, what=first.what + _FIT_IS_UNSEEN)
    return _in_order((first, *others, *_placed(found, key_lines(salvaged.text))))


def _judge(breaches: Iterable[Broken], found: Found) -> None:
    """Add to ``found`` what breaks a rule by a value that was not refused anyway."""
    refused = frozenset(path for path, _ in found.problems)
    for broken in breaches:
        if broken.path in found.numbers or not _rests_on(broken, refused):
            found.add(broken.path, broken.what, expected=broken.expected, nearest=broken.nearest)


def _placed(found: Found, lines: Mapping[KeyPath, int]) -> Iterator[Problem]:
    return (
        dataclasses.replace(problem, line=line_of(lines, path)) for path, problem in found.problems
    )


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line))


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
    """Every problem of the config file at ``path``, in its order; none: it can be used.

    Where it is not TOML, those of what can be read of it nevertheless; what was not looked at is
    said.
    """
    try:
        text = read_text(path)
        return examine(text, str(path), rules).problems
    except InvalidConfigError as error:
        if not isinstance(error.__cause__, tomllib.TOMLDecodeError):
            return error.problems
    return _despite_syntax(text, rules)
