"""What a ticket must not tell: the literals of statements, and secrets; names stay whole.

Statements are masked before their text is wrapped or put beside anything else. What is said around
them is masked once more, in case another's text holds a statement: there the apostrophe of a known
name begins no literal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import partial

from core.api.redaction import redact
from tui.lines import Mask
from tui.panes.view import View, body_of
from tui.text import one_line

LITERAL = "'…'"
# pgvigil's own words stand between those of the server, and their apostrophes begin no literal.
# A word before which SQL would let a string begin without a blank is not taken for one of them.
_BEFORE_A_STRING = (
    "and|as|between|by|case|date|default|else|escape|from|having|ilike|in|interval|is|json|jsonb|like"
    "|limit|not|on|or|password|returning|select|set|similar|text|then|time|timestamp|timestamptz|to"
    "|using|uuid|values|when|where"
)
_OWN_WORDS = (
    rf"(?P<own>\b(?!(?i:{_BEFORE_A_STRING})')[A-Za-z]{{2,}}'[st]\b"
    r"|\b(?:role|database)s'(?=\s))"
)
_LITERALS = re.compile(
    _OWN_WORDS + r"|\b[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)|'(?:[^']|'')*(?:'|\Z)"
    r"|\$(?P<tag>[A-Za-z_]\w{0,60}|)\$.*?(?:\$(?P=tag)\$|\Z)",
    re.DOTALL,
)


def without_values(sql: str) -> str:
    """``sql`` with secrets masked and every string literal left out: a ticket is read by many."""
    return _LITERALS.sub(lambda found: found["own"] or LITERAL, redact(sql))


def masked(view: View) -> View:
    """The same view with the literals of all its statements left out."""
    frame = view.frame
    connections, statements = body_of(frame.connections), body_of(frame.statements)
    if frame.connections is not None and connections is not None:
        backends = tuple(
            replace(each, query=without_values(each.query)) for each in connections.backends
        )
        body = replace(connections, backends=backends)
        frame = replace(frame, connections=replace(frame.connections, body=body))
    if frame.statements is not None and statements is not None:
        top = tuple(replace(each, text=without_values(each.text)) for each in statements.top)
        listed = replace(statements, top=top)
        frame = replace(frame, statements=replace(frame.statements, body=listed))
    return replace(view, frame=frame)


def mask_of(view: View) -> Mask:
    """What masks all but the statements of a view: as ``without_values``, but for its names."""
    names = {name for name in _names(view.frame) if _could_be_taken_for_a_literal(name)}
    words = {word for name in names for word in name.split() if _could_be_taken_for_a_literal(word)}
    longest_first = sorted(names | words, key=lambda name: (-len(name), name))
    return partial(_without_values_but, tuple(longest_first)) if names else without_values


_NAMES = frozenset({"role", "database", "application", "client", "label", "name", "repository"})
"""The fields that hold a name which somebody gave."""
_KEPT = re.compile("\ue000(\\d+)\ue001")
_CROPPED = re.compile(r"[^\s(]*'[^\s…]*…")


def _names(value: object, field: str = "") -> Iterator[str]:
    """Every name in a frame, as it stands on a screen."""
    if isinstance(value, str):
        if field in _NAMES:
            yield one_line(value)
    elif isinstance(value, (tuple, list, frozenset)):
        for each in value:
            yield from _names(each, field)
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from _names(getattr(value, each.name), each.name)


def _could_be_taken_for_a_literal(name: str) -> bool:
    return "'" in name and any(sign.isalnum() for sign in name)


def _without_values_but(names: Sequence[str], text: str) -> str:
    """``text`` without values; ``names`` and their words stay, also where one is cropped."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\ue000{len(kept) - 1}\ue001"

    def keep_cropped(found: re.Match[str]) -> str:
        is_one = any(name.startswith(found[0][:-1]) for name in names)
        return keep(found) if is_one else found[0]

    text = text.replace("\ue000", "").replace("\ue001", "")
    for name in names:
        if name in text:
            text = re.sub(_alone(name), keep, text)
    text = _CROPPED.sub(keep_cropped, text)
    return _KEPT.sub(lambda found: kept[int(found[1])], without_values(text))


def _alone(name: str) -> str:
    """A pattern for a name that is no part of a longer word."""
    before = r"(?<!\w)" if name[0].isalnum() else ""
    after = r"(?!\w)" if name[-1].isalnum() else ""
    return f"{before}{re.escape(name)}{after}"
