"""SQL as highlighted lines, wrapped; pygments is imported when the first statement is opened."""

from __future__ import annotations

from functools import lru_cache

from tui.lines import Line, Role, Span, line, wrap
from tui.text import clean

MOST_HIGHLIGHTED = 20_000
"""Characters up to which a statement is highlighted; longer ones are shown plain, at once."""


@lru_cache(maxsize=64)
def sql_lines(text: str, width: int) -> tuple[Line, ...]:
    """``text`` cleaned, highlighted, and wrapped to ``width`` cells."""
    cleaned = clean(text)
    if width <= 0:
        return ()
    if len(cleaned) > MOST_HIGHLIGHTED:
        return tuple(wrap(cleaned, width, Role.SQL_NAME))
    lines: list[Line] = []
    spans = _highlighted(cleaned)
    for plain_line in _split_lines(spans):
        lines.extend(_wrapped(plain_line, width))
    return tuple(lines)


def _highlighted(text: str) -> list[Span]:
    from pygments.lexers.sql import PostgresLexer
    from pygments.token import Token

    roles = (
        (Token.Comment, Role.SQL_COMMENT),
        (Token.Literal.String, Role.SQL_STRING),
        (Token.Literal.Number, Role.SQL_NUMBER),
        (Token.Keyword, Role.SQL_KEYWORD),
    )
    spans: list[Span] = []
    for kind, value in PostgresLexer(ensurenl=False, stripnl=False).get_tokens(text):
        role = next((role for parent, role in roles if kind in parent), Role.SQL_NAME)
        spans.append(Span(value, role))
    return spans


def _split_lines(spans: list[Span]) -> list[Line]:
    lines: list[list[Span]] = [[]]
    for text, role in spans:
        first, *rest = text.split("\n")
        if first:
            lines[-1].append(Span(first, role))
        lines.extend([Span(part, role)] if part else [] for part in rest)
    return [tuple(spans) for spans in lines]


def _wrapped(highlighted: Line, width: int) -> list[Line]:
    """Wraps the line's text and gives each piece its roles back."""
    text = "".join(span.text for span in highlighted)
    roles = [role for span in highlighted for role in [span.role] * len(span.text)]
    lines: list[Line] = []
    place = 0
    for piece in wrap(text, width):
        told = "".join(span.text for span in piece)
        start = text.index(told, place) if told else place
        place = start + len(told)
        lines.append(line(*_in_roles(told, roles[start:place])))
    return lines


def _in_roles(text: str, roles: list[Role]) -> list[Span]:
    spans: list[Span] = []
    for character, role in zip(text, roles, strict=True):
        if spans and spans[-1].role is role:
            spans[-1] = Span(spans[-1].text + character, role)
        else:
            spans.append(Span(character, role))
    return spans
