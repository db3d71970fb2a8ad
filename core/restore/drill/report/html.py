"""A report as one HTML document that needs nothing else, on a screen and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from core.restore.drill.report.parts import Report, Section, Table

_STYLE = """
:root { color-scheme: light dark; --line: #c8ccd4; --soft: #f3f4f6;
  --good: #17663a; --bad: #a1260d }
@media (prefers-color-scheme: dark) {
  :root { --line: #454b57; --soft: #22262e; --good: #6fcf97; --bad: #ff8a70 }
}
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2.5rem auto;
  padding: 0 1.25rem }
h1 { font-size: 1.5rem; margin: 0 0 .75rem; overflow-wrap: anywhere }
h2 { font-size: 1.1rem; margin: 2.25rem 0 .5rem }
.outcome { font-weight: 600; padding: .6rem .9rem; border-left: .35rem solid;
  background: var(--soft) }
.good { color: var(--good) }
.bad { color: var(--bad) }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .93rem }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: break-word }
tbody th + td { overflow-wrap: anywhere }
tbody th { font-weight: 600; width: 13rem }
.figure { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
@media print { .wide { overflow: visible } h2 { break-after: avoid }
  body { margin: 0; max-width: none; font-size: 11pt }
  tr { break-inside: avoid } }
"""
_BAD_CELLS = frozenset({"NO", "NOT SEEN", "NOT DONE", "stop"})


def as_html(report: Report) -> str:
    """The report as an HTML document."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    title = escape(report.title)
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield '<head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title>"
    yield f"<style>{_STYLE}</style></head>"
    yield f"<body><h1>{title}</h1>"
    kind = "good" if report.is_good else "bad"
    yield f'<p class="outcome {kind}">{escape(report.outcome)}</p>'
    if report.warning:
        yield f'<p class="outcome bad">{escape(report.warning)}</p>'
    for section in report.sections:
        yield from _section(section)
    yield "</body></html>"


def _section(section: Section) -> Iterator[str]:
    yield f"<section><h2>{escape(section.title)}</h2>"
    for each in section.sentences:
        yield f"<p>{escape(each)}</p>"
    if section.table is not None:
        yield from _table(section.table)
    if section.listed:
        yield "<ul>"
        yield from (f"<li>{escape(each)}</li>" for each in section.listed)
        yield "</ul>"
    yield "</section>"


def _table(table: Table) -> Iterator[str]:
    yield '<div class="wide"><table>'
    if table.heads:
        heads = "".join(_cell("th", each, at, table) for at, each in enumerate(table.heads))
        yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for row in table.rows:
        first = 'th scope="row"' if not table.heads else "td"
        cells = [_cell(first if at == 0 else "td", each, at, table) for at, each in enumerate(row)]
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _cell(tag: str, text: str, at: int, table: Table) -> str:
    kinds = ["figure"] if at in table.figures else []
    kinds += ["bad"] if text in _BAD_CELLS else []
    said = f' class="{" ".join(kinds)}"' if kinds else ""
    return f"<{tag}{said}>{escape(text)}</{tag.split(' ', 1)[0]}>"
