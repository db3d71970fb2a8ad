"""Slow queries: what the statements of the last interval cost, costliest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from core.model.health import Severity
from core.model.statements import StatementDelta, Statements
from tui import figures
from tui.lines import Line, Role, Span, crop, line, pad, plain, right
from tui.panes.judged import SIGNS, role_of, statement_judge
from tui.panes.kept import Kept
from tui.panes.parts import age_note, fitted, heading, labelled, missing_lines
from tui.panes.view import Missing, View, body_of, shown
from tui.text import clean, flowing, one_line

TITLE = "Slow queries"

WIDE = 84
"""From how many cells on the pane tells rows, role and database too."""
WHO = 10
BOTH = ("role", "database")
"""Whose a statement is; a pane about one of them leaves that out."""

LOOKED_AT = 4000
MOST_TEXTS = 10
"""Of so many statements evidence holds the whole text."""
MOST_TEXT = 1000
"""Characters of a statement that a table holds: what the widest terminal shows, and filters see."""

_ROWS: Kept[list[Line]] = Kept()
_LEADING_COMMENTS = re.compile(r"\A(?:\s+|/\*.*?\*/|--[^\n]*\n)+", re.DOTALL)


def queries_lines(view: View, width: int, height: int) -> list[Line]:
    """The overview's pane: share of time, mean, calls and text of the costliest statements.

    pgvigil's own stand below the others: right after it began they are most of a short interval.
    """
    taken = view.frame.statements
    body = shown(view, taken)
    note = age_note(view, taken)
    if isinstance(body, Missing):
        lines = [heading(TITLE, width, key="3", note=note), *missing_lines(body.in_brief, width)]
        return fitted(lines, width, height)
    note = note or Span(interval_words(body), Role.MUTED)
    head = heading(TITLE, width, key="3", note=note)
    hidden = [crop(each, width) for each in hidden_lines(body, 10 * width)[:1]]
    if body.since is None:
        return fitted([head, *missing_lines(first_interval(body), width)], width, height)
    if not body.top:
        nothing = line(Span("no statement finished in this interval", Role.MUTED))
        return fitted([head, *hidden, nothing], width, height)
    others_first = sorted(body.top, key=lambda each: each.is_pgvigil)[:height]
    severities = tuple(map(statement_judge(view), others_first))
    rows = _ROWS.of(
        (body, severities, width, height),
        lambda: [
            statement_line(body, each, severity, width)
            for each, severity in zip(others_first, severities, strict=True)
        ],
    )
    return [head, *hidden, column_titles(width), *rows][:height]


def hidden_lines(body: Statements, width: int) -> list[Line]:
    """What the list lacks and why, and on further lines what to do about it."""
    if body.details is None:
        return []
    return [
        *labelled("", clean(body.details.reason), width, Role.UNKNOWN),
        *labelled("do  ", clean(body.details.remedy), width),
    ]


def interval_words(body: Statements) -> str:
    """The interval that the figures belong to: ``in 5 s``."""
    return f"in {figures.interval(body.seconds)}" if body.since else ""


def first_interval(body: Statements) -> Missing:
    """Why nothing can be said of an interval yet."""
    why = body.rebaselined or "first reading"
    return Missing("No interval yet.", f"{why}; figures need two readings.")


def share_words(share: float) -> str:
    """A share in whole per cent, in at most five cells: ``92 %``, ``<1 %``."""
    return "<1 %" if 0 < share < 0.005 else f"{share * 100:.0f} %"


def statement_words(text: str, most: int) -> str:
    """The first words of a statement on one line, without the comments that lead it.

    Tools put comments with trace ids there; in a narrow column they would hide the statement.
    """
    return flowing(_LEADING_COMMENTS.sub("", text[:LOOKED_AT], count=1)[:most] or text[:most])


@lru_cache(maxsize=4096)
def words(text: str) -> str:
    """A statement on one line for a table; cached, for the same few texts come with each tick."""
    return statement_words(text, MOST_TEXT)


def costliest(view: View) -> Sequence[StatementDelta]:
    """The listed statements of the interval, those that cost most first."""
    body = body_of(view.frame.statements)
    return () if body is None or body.since is None else body.top


def texts_of(statements: Iterable[StatementDelta]) -> list[str]:
    """The texts of the first of ``statements`` in full, as far as the server gave them."""
    texts = (each.text for each in statements if each.text and not each.is_pgvigil)
    return list(dict.fromkeys(texts))[:MOST_TEXTS]


def column_titles(width: int, who: Sequence[str] = BOTH) -> Line:
    """What the figures of ``statement_line`` are."""
    further = [right(line("rows"), 7)]
    further += [line("  ", pad(line(name), WHO)) for name in who]
    titles = line(
        right(line("time"), 5), " ", right(line("mean  "), 10), right(line("calls"), 6),
        *(further if width >= WIDE else ()), "  query",
    )  # fmt: skip
    return crop(line(Span(plain(titles), Role.LABEL)), width)


def _further(statement: StatementDelta, who: Sequence[str]) -> Line:
    """Rows, and whose it is, where there is room for them."""
    names = {"role": statement.role, "database": statement.database}
    return line(
        right(line(Span(figures.count(statement.rows), Role.NUMBER)), 7),
        *(line("  ", pad(line(Span(one_line(names[each]), Role.LABEL)), WHO)) for each in who),
    )


def statement_line(
    body: Statements,
    statement: StatementDelta,
    severity: Severity | None,
    width: int,
    who: Sequence[str] = BOTH,
) -> Line:
    """One statement; the mean bears the sign of how bad it is."""
    sign = SIGNS[severity] if severity else " "
    mean = f"{figures.milliseconds(statement.mean_ms)} {sign}"
    text = words(statement.text)
    cells = line(
        right(line(Span(share_words(body.share(statement)), Role.NUMBER)), 5),
        " ",
        right(line(Span(mean, role_of(severity))), 10),
        right(line(Span(figures.count(statement.calls), Role.NUMBER)), 6),
        *(_further(statement, who) if width >= WIDE else ()),
        "  ",
        Span(text[: 2 * width], Role.MUTED if statement.is_pgvigil else Role.TEXT),
    )
    return pad(cells, width)
