"""Styles that many consoles of one process share are parsed once, not by each of them.

A process has one console elsewhere; one of a test run has hundreds, of the same few styles.
"""

from __future__ import annotations

from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation

_parse_rules = Stylesheet._parse_rules
_known: dict[tuple[object, ...], list[RuleSet]] = {}


def parse_each_once() -> None:
    """Have Textual parse each source of styles once for each set of their variables."""
    textuals: Any = Stylesheet
    textuals._parse_rules = _parsed


def _parsed(
    sheet: Stylesheet,
    css: str,
    read_from: CSSLocation,
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    given = (css, read_from, is_default_rules, tie_breaker, scope)
    key = (frozenset(sheet._variables.items()), *given)
    if key not in _known:
        _known[key] = _parse_rules(sheet, *given)
    return _known[key]
