"""A capability report as text and as JSON: what is there, what each missing piece costs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from core.model.capability import Capability, CapabilityReport, CapabilityStatus
from tui.text import clean, one_line

_WIDTH = 88
_LACKING = (CapabilityStatus.MISSING, CapabilityStatus.PARTIAL)


def missing(report: CapabilityReport) -> tuple[Capability, ...]:
    """The capabilities that are not there at all."""
    return tuple(p for p in report.capabilities if p.status is CapabilityStatus.MISSING)


def text(report: CapabilityReport) -> str:
    """What is there in short, and then each missing piece with its cost and its mend."""
    return "\n".join(_lines(report))


def document(report: CapabilityReport) -> dict[str, Any]:
    """The report for a program; docs/command-line.md describes it."""
    return {
        "schema": 1,
        "name": report.name,
        "server": report.server,
        "role": report.role,
        "version": report.version,
        "in_recovery": report.in_recovery,
        "also_watched_as": list(report.also_watched_as),
        "complete": not missing(report),
        "capabilities": [
            {
                "name": piece.name,
                "status": piece.status.value,
                "cost": piece.cost,
                "remedy": piece.remedy,
            }
            for piece in report.capabilities
        ],
    }


def _lines(report: CapabilityReport) -> Iterator[str]:
    standby = ", a standby," if report.in_recovery else ""
    name = report.name or report.server
    place = f" ({report.server})" if report.server != name else ""
    yield one_line(f"{name}{place}: PostgreSQL {report.version}{standby} as {report.role}")
    if report.also_watched_as:
        names = ", ".join(report.also_watched_as)
        yield from _wrapped(
            "", f"This is also watched as {names}: use one name, so that it is sampled once."
        )
    there = [p.name for p in report.capabilities if p.status is CapabilityStatus.PRESENT]
    if there:
        yield from _wrapped("there    ", ", ".join(there))
    for piece in report.capabilities:
        if piece.status in _LACKING:
            yield ""
            yield from _wrapped(f"{piece.status.value:<8} ", piece.name)
            if piece.cost:
                yield from _wrapped("  costs  ", piece.cost)
            if piece.remedy:
                yield from _verbatim("  mend   ", piece.remedy)
    not_applicable = [
        piece for piece in report.capabilities if piece.status is CapabilityStatus.NOT_APPLICABLE
    ]
    for piece in not_applicable:
        yield ""
        reason = f" ({piece.cost})" if piece.cost else ""
        yield from _wrapped("not here ", f"{piece.name}{reason}")
    yield ""
    counts = [
        f"{count} {status.value}"
        for status in (CapabilityStatus.PRESENT, *reversed(_LACKING))
        if (count := sum(piece.status is status for piece in report.capabilities))
    ]
    yield ", ".join(counts)


def _wrapped(label: str, words: str) -> list[str]:
    indent = " " * len(label)
    return textwrap.wrap(
        one_line(words), _WIDTH, initial_indent=label, subsequent_indent=indent
    ) or [label.rstrip()]


def _verbatim(label: str, remedy: str) -> Iterator[str]:
    """A remedy as it stands, line by line: it will be copied."""
    for number, line in enumerate(clean(remedy).splitlines()):
        yield f"{label if number == 0 else ' ' * len(label)}{line}"
