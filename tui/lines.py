"""Lines of text with meaning: what every pane returns and every widget draws.

A pane is a pure function from a snapshot to lines. A line is a tuple of spans, a span is text and
the role that it plays; what a role looks like is the theme's business. Widths are terminal cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len, get_character_cell_size

ELLIPSIS = "…"


class Role(StrEnum):
    """What a piece of text is; a theme says how it looks."""

    TEXT = "text"
    MUTED = "muted"
    STRONG = "strong"
    TITLE = "title"
    HEADING = "heading"
    LABEL = "label"
    NUMBER = "number"
    UNIT = "unit"
    UNKNOWN = "unknown"
    STALE = "stale"
    GOOD = "good"
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"
    ACCENT = "accent"
    KEY = "key"
    RULE = "rule"
    BAR_FULL = "bar_full"
    BAR_WARNING = "bar_warning"
    BAR_CRITICAL = "bar_critical"
    BAR_EMPTY = "bar_empty"
    SELECTED = "selected"
    CURSOR = "cursor"
    MARKED = "marked"
    MATCH = "match"
    MOMENT = "moment"
    SERIES_1 = "series_1"
    SERIES_2 = "series_2"
    SERIES_3 = "series_3"
    SERIES_4 = "series_4"
    SQL_KEYWORD = "sql_keyword"
    SQL_NAME = "sql_name"
    SQL_STRING = "sql_string"
    SQL_NUMBER = "sql_number"
    SQL_COMMENT = "sql_comment"


class Span(NamedTuple):
    """Text that plays one role. The text holds no control characters (``tui.text`` sees to it)."""

    text: str
    role: Role = Role.TEXT


Line: TypeAlias = tuple[Span, ...]
EMPTY: Line = ()

Mask: TypeAlias = Callable[[str], str]
"""Gives a text without what must not leave the console."""


def cell_width(text: str) -> int:
    """The terminal cells that ``text`` takes: 2 for wide characters, 0 for combining marks."""
    return cell_len(text)


def width_of(line: Line) -> int:
    """The terminal cells that a line takes."""
    width = 0
    for text, _ in line:
        width += len(text) if text.isascii() else cell_len(text)
    return width


def plain(line: Line) -> str:
    """A line's text without its roles."""
    return "".join(span.text for span in line)


def masked_lines(lines: Iterable[Line], mask: Mask) -> str:
    """The text of lines of which each is masked by itself."""
    return "\n".join(mask(plain(line).rstrip()) for line in lines)


def plain_text(lines: Iterable[Line]) -> str:
    """The text of lines without their roles, and without what only fills them up."""
    return "\n".join(plain(line).rstrip() for line in lines)


def line(*parts: Span | str | Line, role: Role = Role.TEXT) -> Line:
    """A line of the given parts; bare strings take ``role``, empty parts fall away."""
    spans: list[Span] = []
    for part in parts:
        if isinstance(part, str):
            spans.append(Span(part, role))
        elif isinstance(part, Span):
            spans.append(part)
        else:
            spans.extend(part)
    return tuple([span for span in spans if span.text])


def joined(parts: Iterable[Line], separator: str = "  ", role: Role = Role.MUTED) -> Line:
    """The lines that hold something, one after the other, with a separator between them."""
    spans: list[Span] = []
    for part in parts:
        if not part:
            continue
        if spans:
            spans.append(Span(separator, role))
        spans.extend(part)
    return tuple(spans)


def crop_text(text: str, width: int) -> str:
    """``text`` in at most ``width`` cells; where something is cut an ellipsis says so."""
    if width <= 0:
        return ""
    if _fits_up_to(text, 0, width) == len(text):
        return text
    return text[: _fits_up_to(text, 0, width - 1)] + ELLIPSIS


def crop(line: Line, width: int) -> Line:
    """A line in at most ``width`` cells; where something is cut an ellipsis says so."""
    if width_of(line) <= width:
        return line
    spans: list[Span] = []
    left = width
    for index, span in enumerate(line):
        cells = cell_len(span.text)
        is_last = index == len(line) - 1
        if cells < left or (cells == left and is_last):
            spans.append(span)
            left -= cells
            continue
        text = crop_text(span.text, left) if cells > left else crop_text(span.text + " ", left)
        if text:
            spans.append(Span(text, span.role))
        break
    return tuple(spans)


def pad(line: Line, width: int, role: Role = Role.TEXT) -> Line:
    """A line in exactly ``width`` cells: cropped, or filled up on the right."""
    missing = width - width_of(line)
    if missing < 0:
        line = crop(line, width)
        missing = width - width_of(line)
    return (*line, Span(" " * missing, role)) if missing > 0 else line


def right(line: Line, width: int, role: Role = Role.TEXT) -> Line:
    """A line in exactly ``width`` cells, aligned to the right."""
    missing = width - width_of(line)
    if missing < 0:
        line = crop(line, width)
        missing = width - width_of(line)
    return (Span(" " * missing, role), *line) if missing > 0 else line


def centre(line: Line, width: int, role: Role = Role.TEXT) -> Line:
    """A line in exactly ``width`` cells, in the middle."""
    cropped = crop(line, width)
    return pad(right(cropped, (width + width_of(cropped)) // 2, role), width, role)


def spread(left: Line, right_part: Line, width: int) -> Line:
    """``left`` at the left edge and ``right_part`` at the right one, in exactly ``width`` cells.

    Where both don't fit, the right part stands whole and the left one is cropped; a right part
    that alone is too wide is cropped in its turn.
    """
    right_width = width_of(right_part)
    if right_width >= width:
        return pad(right_part, width)
    room = width - right_width
    return (*pad(left, room - 1), Span(" "), *right_part) if left else right(right_part, width)


def wrap(text: str, width: int, role: Role = Role.TEXT) -> list[Line]:
    """``text`` in lines of at most ``width`` cells, broken at spaces where there are any."""
    if width <= 0:
        return []
    lines: list[Line] = []
    for paragraph in text.split("\n"):
        lines.extend(line(Span(piece, role)) for piece in _wrapped(paragraph, width))
    return lines


def _wrapped(paragraph: str, width: int) -> list[str]:
    pieces: list[str] = []
    start = 0
    while True:
        end = _fits_up_to(paragraph, start, width)
        if end >= len(paragraph):
            pieces.append(paragraph[start:])
            return pieces
        end = max(end, start + 1)
        space = end if paragraph[end] == " " else paragraph.rfind(" ", start, end)
        if space > start:
            end = space
        pieces.append(paragraph[start:end])
        start = end
        while start < len(paragraph) and paragraph[start] == " ":
            start += 1
        if start == len(paragraph):
            return pieces


def _fits_up_to(text: str, start: int, width: int) -> int:
    """The index up to which ``text`` from ``start`` on fits ``width`` cells.

    Looks at no more text than fits, so that a megabyte costs what a line costs.
    """
    end = min(len(text), start + width)
    if text[start:end].isascii():
        return end
    used, index = 0, start
    while index < len(text):
        used += get_character_cell_size(text[index])
        if used > width:
            break
        index += 1
    return index
