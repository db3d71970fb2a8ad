"""How a table's header and rows look: pure functions to lines."""

from __future__ import annotations

from tui.lines import Line, Role, Span, crop, pad, right, spread, width_of
from tui.widgets.columns import GAP, Align, Layout, SortOrder
from tui.widgets.rows import Cell, Row

GUTTER = 2
_MARK = "● "
_NO_MARK = "  "
_GAP_SPAN = Span(" " * GAP)
_ARROWS = {SortOrder.ASCENDING: "↑", SortOrder.DESCENDING: "↓"}


def header_line(
    layout: Layout,
    sorted_column: int | None,
    order: SortOrder,
    span: tuple[int, int, int],
    width: int,
) -> Line:
    """The labels, an arrow at the one sorted by, and what of the table is out of sight.

    ``span`` is the first and the last row in sight, from 1, and how many there are in all.
    """
    spans: list[Span] = [Span(_NO_MARK, Role.HEADING)]
    for placed in layout.placed:
        label = placed.column.label
        if placed.index == sorted_column:
            label += _ARROWS[order]
        if placed.start:
            spans.append(Span(" " * GAP, Role.HEADING))
        align = right if placed.column.align is Align.RIGHT else pad
        spans.extend(align((Span(label, Role.HEADING),), placed.width, Role.HEADING))
    more = _out_of_sight(layout, span)
    if not more:
        return tuple(spans)
    return spread(crop(tuple(spans), max(0, width - width_of(more) - 1)), more, width)


def _out_of_sight(layout: Layout, span: tuple[int, int, int]) -> Line:
    first, last, total = span
    parts: list[str] = []
    if last - first + 1 < total:
        parts.append(f"{first}-{last} of {total}")
    if layout.hidden:
        parts.append(f"+{layout.hidden} columns ◂▸")
    return (Span("  ".join(parts), Role.MUTED),) if parts else ()


def row_line(row: Row, layout: Layout, role: Role, width: int, *, marked: bool) -> Line:
    """A row's cells in their columns; any other role than text overrides that of the cells."""
    spans: list[Span] = [Span(_MARK if marked else _NO_MARK, Role.MARKED)]
    for placed in layout.placed:
        if placed.start:
            spans.append(_GAP_SPAN)
        spans.extend(_aligned(row.cells[placed.index], placed.width, placed.column.align))
    if role is Role.TEXT:
        return tuple(spans)
    return pad((Span("".join(span.text for span in spans), role),), width, role)


def _aligned(cell: Cell, width: int, align: Align) -> Line:
    text, role, _ = cell
    if text.isascii() and len(text) <= width:
        # The common case, without measuring: one span that fills its column.
        return (Span(text.rjust(width) if align is Align.RIGHT else text.ljust(width), role),)
    return (right if align is Align.RIGHT else pad)((Span(text, role),), width)
