"""A screen as Markdown for the ticket: what was seen, when, and the SQL; without secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from core.api.redaction import redact
from core.errors import PgvigilError
from tui import figures
from tui.panes.status import findings_count, health_word
from tui.panes.view import Mode, View, body_of
from tui.text import clean, one_line

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
_FENCE = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the screen with its title; ``text`` is masked."""

    title: str
    text: str


def without_values(sql: str) -> str:
    """``sql`` with secrets masked and every string literal left out: a ticket is read by many."""
    return _LITERALS.sub(lambda found: found["own"] or LITERAL, redact(sql))


def masked(view: View) -> View:
    """The same view with the literals of all its statements left out.

    They are left out before a text is wrapped or put beside names: later nobody can tell an
    apostrophe in a name from one that begins a literal.
    """
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


def markdown(
    place: str, view: View, sections: Sequence[Section], statements: Sequence[str] = ()
) -> str:
    """The screen of ``place`` as Markdown."""
    moment = view.frame.moment
    parts = [
        f"# pgvigil: {_inline(view.entry.name)}, {place}",
        "\n".join(_head(view, moment)),
        _findings(view),
        *(_section(section) for section in sections if section.text),
    ]
    if statements:
        parts.append("## SQL")
        parts.extend(_fenced(without_values(clean(text)), "sql") for text in statements)
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(view: View, moment: datetime) -> list[str]:
    info = body_of(view.frame.server)
    utc, local = moment.astimezone(UTC), moment.astimezone()
    told = {
        Mode.LIVE: "live",
        Mode.PAUSED: "paused",
        Mode.REWOUND: "rewound",
    }[view.mode]
    rows = [
        f"- moment: {utc:%Y-%m-%d %H:%M:%S} UTC ({local:%Y-%m-%d %H:%M:%S %z}), {told}",
        f"- written: {view.now.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        f"- server: {_inline(redact(view.entry.target))}",
        f"- health: {health_word(view).text}, {findings_count(view)}",
    ]
    if info is not None:
        role = "standby" if info.in_recovery else "primary"
        rows.append(f"- PostgreSQL: {_inline(info.version)}, {role}")
    return rows


def _findings(view: View) -> str:
    rows = []
    for each in view.findings:
        since = figures.moment(each.since, relative_to=view.reference)
        rows.append(
            f"- **{each.severity.label}** {_inline(without_values(each.title))},"
            f" since {since}: {_inline(without_values(each.detail))}"
        )
    return "\n".join(["## Findings", "", *rows]) if rows else ""


def _section(section: Section) -> str:
    return f"## {_inline(section.title)}\n\n{_fenced(section.text, 'text')}"


def _fenced(text: str, language: str) -> str:
    """A code block that its own content can't end."""
    longest = max((len(run) for run in _FENCE.findall(text)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.strip(chr(10))}\n{fence}"


def _inline(text: str) -> str:
    """Text that a Markdown reader takes as it stands."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", one_line(text))


def write(folder: Path, view: View, place: str, text: str) -> Path:
    """Write evidence to a new file that only its owner can read; gives its path.

    Raises:
        PgvigilError: the file can't be written.
    """
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", view.entry.name).strip("-.")[:60] or "server"
    stamp = view.frame.moment.astimezone(UTC)
    path = folder / f"{stamp:%Y%m%dT%H%M%SZ}-{name}-{place}.md"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise PgvigilError(
            f"The evidence could not be written to {path}.",
            why=error.strerror or str(error),
            remedy="It was copied to the clipboard; free space or mend the folder's permissions.",
        ) from error
    return path
