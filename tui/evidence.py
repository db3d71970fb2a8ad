"""A screen as Markdown for the ticket: what was seen, when, and the SQL; without secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.api.redaction import redact
from core.errors import PgvigilError
from tui import figures
from tui.masking import mask_of, without_values
from tui.panes.status import findings_count, health_word
from tui.panes.view import Mode, View, body_of
from tui.text import clean, one_line

_FENCE = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the screen with its title; ``text`` is masked."""

    title: str
    text: str


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
    rows, mask = [], mask_of(view)
    for each in view.findings:
        since = figures.moment(each.since, relative_to=view.reference)
        rows.append(
            f"- **{each.severity.label}** {_inline(mask(each.title))},"
            f" since {since}: {_inline(mask(each.detail))}"
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
