"""The parts that panes share: headings, gauges, and what stands where numbers can't be had."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from core.model.snapshot import Taken
from tui import figures
from tui.lines import EMPTY, Line, Role, Span, crop, joined, line, pad, width_of, wrap
from tui.panes.view import Missing, View, unread
from tui.text import clean

TWO_COLUMNS_FROM = 76
CURSOR_MARK = Span("▸ ", Role.KEY)


def heading(title: str, width: int, *, key: str = "", note: Span | None = None) -> Line:
    """A pane's first line: its title, a rule, a note such as an age, and the key that opens it."""
    right: list[Span] = []
    if note is not None and note.text:
        right += [Span(f" {note.text} ", note.role)]
    if key:
        right += [Span(" ", Role.RULE), Span(key, Role.KEY)]
    room = max(0, width - len(title) - 1 - width_of(tuple(right)))
    return crop(line(Span(title, Role.TITLE), " ", Span("─" * room, Role.RULE), *right), width)


def under_cursor(lines: Sequence[Line], width: int) -> list[Line]:
    """A pane's lines with the cursor's mark before its title; the rule beside that gives way."""
    if not lines:
        return []
    head: list[Span] = []
    owed = width_of((CURSOR_MARK,))
    for text, role in lines[0]:
        given = min(owed, len(text) - 1) if role is Role.RULE and text.startswith("─") else 0
        head.append(Span(text[given:], role))
        owed -= given
    return [crop((CURSOR_MARK, *head), width), *lines[1:]]


def age_note(view: View, taken: Taken[Any] | None) -> Span | None:
    """A reading's age once it is older than two refresh intervals."""
    if taken is None or not view.is_stale(taken):
        return None
    return Span(figures.age(view.seconds_old(taken)), Role.STALE)


def not_read(view: View) -> Line:
    """What stands in a pane for what the store holds, before it was read."""
    return line(Span(unread(view).in_brief.what, Role.UNKNOWN))


def missing_lines(missing: Missing, width: int) -> list[Line]:
    """What, why and what to do, each wrapped, where the numbers would stand."""
    lines = wrap(clean(missing.what), width, Role.CRITICAL if missing.is_fault else Role.UNKNOWN)
    for label, text, role in (
        ("why ", missing.why, Role.TEXT),
        ("do  ", missing.remedy, Role.STRONG),
    ):
        lines += labelled(label, clean(text), width, role)
    return lines + (wrap(missing.note, width, Role.MUTED) if missing.note else [])


def not_yet_lines(now: Sequence[str], later: Sequence[str], width: int, height: int) -> list[Line]:
    """What an area lacks, and, where all of it has room below a heading, what it will show."""
    lines = [row for sentence in now for row in wrap(sentence, width, Role.TEXT)]
    further = [row for sentence in later for row in wrap(sentence, width, Role.LABEL)]
    return [*lines, *further] if len(lines) + len(further) + 2 <= height else lines


def labelled(label: str, text: str, width: int, role: Role = Role.TEXT) -> list[Line]:
    """``text`` wrapped beside its label; nothing where there is no text."""
    if not text:
        return []
    wrapped = wrap(text, max(1, width - len(label)), role)
    heads = [label, *[" " * len(label)] * (len(wrapped) - 1)]
    return [line(Span(head, Role.LABEL), rest) for head, rest in zip(heads, wrapped, strict=True)]


def facts(rows: Sequence[tuple[str, Line]], width: int) -> list[Line]:
    """Labels in one column, their figures in the next; rows without a figure fall away."""
    return _facts(rows, width, _label_column(rows))


def _label_column(rows: Sequence[tuple[str, Line]]) -> int:
    return max((len(label) for label, value in rows if value), default=0) + 2


def _facts(rows: Sequence[tuple[str, Line]], width: int, column: int) -> list[Line]:
    return [
        crop(line(pad(line(Span(label, Role.LABEL)), column), value), width)
        for label, value in rows
        if value
    ]


def facts_beside(rows: Sequence[tuple[str, Line]], width: int) -> list[Line]:
    """Facts two abreast, the first half on the left; those that would be cut so, whole below."""
    kept = [row for row in rows if row[1]]
    if width < TWO_COLUMNS_FROM:
        return facts(kept, width)
    each, widest = (width - 2) // 2, _label_column(kept)
    short = [row for row in kept if widest + width_of(row[1]) <= each]
    long = [row for row in kept if widest + width_of(row[1]) > each]
    half = -(-len(short) // 2)
    column = _label_column([*short[:half], *long])
    left, right_side = _facts(short[:half], each, column), facts(short[half:], each)
    right_side += [EMPTY] * (len(left) - len(right_side))
    return [
        *(line(pad(a, each), "  ", b) for a, b in zip(left, right_side, strict=True)),
        *_facts(long, width, column),
    ]


def dense(lines: Iterable[Line]) -> list[Line]:
    """The lines without those that are there for air only, for where there are few rows."""
    return [each for each in lines if each]


def fitted(lines: Sequence[Line], width: int, height: int) -> list[Line]:
    """The lines within their room; where some are left out, the last one says how many."""
    if len(lines) > height:
        kept = max(0, height - 1)
        more = line(Span(f"… {len(lines) - kept} more", Role.MUTED))
        lines = [*lines[:kept], more][:height]
    return [crop(each, width) for each in lines]


def flow(parts: Iterable[Line], width: int) -> list[Line]:
    """Parts one after the other, on as many lines as they need."""
    rows: list[list[Line]] = [[]]
    for part in parts:
        if rows[-1] and width_of(joined([*rows[-1], part])) > width:
            rows.append([])
        rows[-1].append(part)
    return [crop(joined(row), width) for row in rows]


def lasting(seconds: float) -> str:
    """How long something has lasted, in its largest unit: ``42 s``, ``7 min``, ``3 d``.

    A figure that changes each second draws the eye, and costs bytes, for nothing.
    """
    for unit, label in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{int(seconds // unit)} {label}"
    return figures.duration(seconds)


def number(text: str) -> Line:
    """A plain figure."""
    return line(Span(text, Role.NUMBER)) if text else EMPTY
