"""For a tired person: the worst first, then what to do, then the figures."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from core.model.connections import BackendState
from core.model.health import Finding, Severity
from core.model.unknown import Unknown
from tui import figures
from tui.dated import dated
from tui.status.look import Look, known_body
from tui.text import one_line

_INDENT = "  "
_LABEL = 9
_LEAST_WIDTH = 40


def text(looks: Sequence[Look], width: int | None = None) -> str:
    """A block of lines for each server, an empty line between them.

    Lines are wrapped to ``width`` columns; for a reader that is no terminal they stay whole.
    """
    return "\n\n".join(
        "\n".join(part for line in _block(look) for part in _fitted(one_line(line), width))
        for look in looks
    )


def _fitted(line: str, width: int | None) -> list[str]:
    """``line`` in as many as it takes, each under the first one's text."""
    if width is None or len(line) <= max(width, _LEAST_WIDTH):
        return [line]
    body = line.lstrip()
    first = line[: len(line) - len(body)]
    indent = first + (" " * _LABEL if first == _INDENT else "")
    return textwrap.wrap(
        body, max(width, _LEAST_WIDTH), initial_indent=first, subsequent_indent=indent
    )


def _block(look: Look) -> Iterator[str]:
    yield f"{look.health.value.upper():<9} {look.entry.name}  {_pool(look)}".rstrip()
    if look.why_unknown is not None:
        yield f"{_INDENT}nothing was assessed: {look.why_unknown.reason}"
        if look.why_unknown.remedy:
            yield f"{_INDENT}do: {look.why_unknown.remedy}"
    for finding in look.findings:
        yield from _finding(finding, look)
    yield from (_INDENT + line for line in _figures(look) if line)
    yield f"{_INDENT}{_identity(look)}"


def _pool(look: Look) -> str:
    found = known_body(look.frame.connections)
    if found is None:
        return ""
    return f"{found.total} of {found.slots.usable} connections ({figures.percent(found.usage)})"


def _finding(finding: Finding, look: Look) -> Iterator[str]:
    since = figures.moment(finding.since, relative_to=look.frame.moment)
    title = dated(finding, look.frame.moment).title
    yield f"{_INDENT}{finding.severity.label.upper():<8} {title}  (since {since})"
    if finding.severity >= Severity.WARNING:
        if finding.detail:
            yield f"{_INDENT}{'':<8} {finding.detail}"
        if finding.advice:
            yield f"{_INDENT}{'':<8} do: {finding.advice}"


def _figures(look: Look) -> Iterator[str]:
    yield _sessions(look)
    yield _load(look)


def _sessions(look: Look) -> str:
    found = known_body(look.frame.connections)
    if found is None:
        return _reason("connections", look.frame.connections and look.frame.connections.body)
    if found.details is not None:
        return _reason("sessions", found.details)
    idle = found.in_state(
        BackendState.IDLE_IN_TRANSACTION, BackendState.IDLE_IN_TRANSACTION_ABORTED
    )
    parts = [
        f"{found.in_state(BackendState.ACTIVE)} active",
        f"{idle} idle in transaction",
        f"{found.waiting_on_lock} waiting on a lock",
    ]
    if found.longest_transaction_seconds and found.longest_transaction_seconds >= 1:
        parts.append(f"longest transaction {figures.duration(found.longest_transaction_seconds)}")
    return f"sessions  {', '.join(parts)}"


def _load(look: Look) -> str:
    found = known_body(look.frame.statements)
    if found is None:
        return _reason("queries", look.frame.statements and look.frame.statements.body)
    if found.since is None or found.seconds <= 0:
        return ""
    if found.hidden:
        return _reason("queries", found.details)
    parts = [figures.rate(found.others_calls / found.seconds, " calls/s")]
    if found.others_calls:
        parts.append(f"mean {figures.milliseconds(found.others_ms / found.others_calls)}")
    return f"queries   {', '.join(parts)}, over {figures.duration(found.seconds)}"


def _reason(label: str, body: object) -> str:
    if not isinstance(body, Unknown):
        return ""
    remedy = f" (do: {body.remedy})" if body.remedy else ""
    return f"{label:<9} ? {body.reason}{remedy}"


def _identity(look: Look) -> str:
    info = known_body(look.frame.server)
    parts = [look.entry.target]
    if info is not None:
        parts.append(f"PostgreSQL {info.version}")
        parts.append("standby" if info.in_recovery else "primary")
        if not isinstance(info.started_at, Unknown):
            up = look.frame.moment - info.started_at
            parts.append(f"up {figures.duration(up)}")
    age = look.age_seconds
    parts.append(f"looked at {figures.age(age)}" if age is not None else "never read")
    return ", ".join(parts)
