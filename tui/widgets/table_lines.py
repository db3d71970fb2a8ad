"""How a table's header and rows look: pure functions to lines."""

from __future__ import annotations

from collections.abc import Sequence

from tui.lines import Line, Mask, Role, Span, cell_width, joined, pad, right
from tui.widgets.columns import GAP, Align, Column, Layout, SortOrder
from tui.widgets.rows import Cell, Row

GUTTER = 2
_MARK = (Span("●", Role.MARKED), Span(" "))
_NO_MARK = (Span(" " * GUTTER),)
_GAP_SPAN = Span(" " * GAP)
_ARROWS = {SortOrder.ASCENDING: "↑", SortOrder.DESCENDING: "↓"}


def header_line(layout: Layout, sorted_column: int | None, order: SortOrder) -> Line:
    """The labels, with an arrow at the one sorted by."""
    spans: list[Span] = [Span(" " * GUTTER, Role.HEADING)]
    for placed in layout.placed:
        label = placed.column.label
        if placed.index == sorted_column:
            label += _ARROWS[order]
        if placed.start:
            spans.append(Span(" " * GAP, Role.HEADING))
        align = right if placed.column.align is Align.RIGHT else pad
        spans.extend(align((Span(label, Role.HEADING),), placed.width, Role.HEADING))
    return tuple(spans)


def out_of_sight(
    layout: Layout, first: int, last: int, total: int, *, is_whole: bool = True
) -> str:
    """What of a table can't be seen: rows but those from ``first`` to ``last``, and columns.

    Of one that is not whole there are more than ``total``, of which that is all that is known.
    """
    parts: list[str] = []
    if last - first + 1 < total or not is_whole:
        parts.append(f"{first}-{last} of {total}{'' if is_whole else '+'}")
    if layout.hidden:
        columns = "column" if layout.hidden == 1 else "columns"
        parts.append(f"+{layout.hidden} {columns} ◂▸")
    return "  ".join(parts)


def written(columns: Sequence[Column], rows: Sequence[Row], mask: Mask) -> list[Line]:
    """All rows with all their columns, each as wide as it needs: what a ticket takes."""
    table = [[column.label for column in columns]]
    table += [[mask(cell.text) for cell in row.cells] for row in rows]
    widths = [max(map(cell_width, texts)) for texts in zip(*table, strict=True)]
    lines = []
    for texts in table:
        cells = [
            (right if column.align is Align.RIGHT else pad)((Span(text),), width)
            for column, text, width in zip(columns, texts, widths, strict=True)
        ]
        lines.append(joined(cells, " " * GAP, Role.TEXT))
    return lines


def row_line(row: Row, layout: Layout, role: Role, width: int, *, marked: bool) -> Line:
    """A row's cells in their columns; any other role than text overrides that of the cells."""
    spans: list[Span] = list(_MARK if marked else _NO_MARK)
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
