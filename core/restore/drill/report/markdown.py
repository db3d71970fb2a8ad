"""A report as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.restore.drill.report.parts import Report, Section, Table

_MEANS_SOMETHING = re.compile(r"([\\`*_\[\]<>|#])")


def as_markdown(report: Report) -> str:
    """The report as a Markdown document."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"# {_escaped(report.title)}"
    yield ""
    yield f"**{_escaped(report.outcome)}**"
    if report.warning:
        yield ""
        yield f"**{_escaped(report.warning)}**"
    for section in report.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield ""
    yield f"## {_escaped(section.title)}"
    for each in section.sentences:
        yield ""
        yield _escaped(each)
    if section.table is not None:
        yield ""
        yield from _table(section.table)
    if section.listed:
        yield ""
        yield from (f"- {_escaped(each)}" for each in section.listed)


def _table(table: Table) -> Iterator[str]:
    count = max(len(row) for row in table.rows)
    yield _row(table.heads or ("",) * count)
    yield _row(tuple("---:" if at in table.figures else "---" for at in range(count)), escape=False)
    yield from map(_row, table.rows)


def _row(cells: tuple[str, ...], *, escape: bool = True) -> str:
    return f"| {' | '.join(_escaped(each) if escape else each for each in cells)} |"


def _escaped(text: str) -> str:
    return _MEANS_SOMETHING.sub(r"\\\1", text)
