"""Connections counted by database, role, application and client."""

from __future__ import annotations

from core.model.connections import Connections, Count
from tui.lines import EMPTY, Line, Role, Span, crop, line, pad, right
from tui.panes.parts import heading
from tui.text import one_line

COUNTS_SHOWN = 12
LEAST_COLUMN = 34
WIDEST_COLUMN = 60


def breakdown_lines(body: Connections, width: int, height: int) -> list[Line]:
    """The four breakdowns side by side as far as they fit, else one under the other."""
    groups = (
        ("by application", body.by_application),
        ("by client", body.by_client),
        ("by role", body.by_role),
        ("by database", body.by_database),
    )
    columns = max(1, min(4, (width + 2) // (LEAST_COLUMN + 2)))
    column_width = min(WIDEST_COLUMN, (width - 2 * (columns - 1)) // columns)
    rows = -(-len(groups) // columns)
    each = max(3, min(COUNTS_SHOWN + 2, height // rows))
    lines: list[Line] = []
    for start in range(0, len(groups), columns):
        blocks = [
            _group(title, counts, column_width, each)
            for title, counts in groups[start : start + columns]
        ]
        lines += _beside(blocks, column_width)
    return lines


def _group(title: str, counts: tuple[Count, ...], width: int, height: int) -> list[Line]:
    lines = [heading(title, width)]
    kept = counts if len(counts) < height else counts[: max(0, height - 2)]
    for each in kept:
        label = one_line(each.label) or "(none)"
        active = Span(f"{each.active} active" if each.active else "", Role.LABEL)
        cells = line(
            pad(line(Span(label, Role.TEXT)), max(1, width - 17)),
            right(line(Span(str(each.total), Role.NUMBER)), 5),
            "  ",
            right(line(active), 10),
        )
        lines.append(crop(cells, width))
    if len(kept) < len(counts):
        rest = counts[len(kept) :]
        told = f"… {len(rest)} more with {sum(each.total for each in rest)}"
        lines.append(line(Span(told, Role.MUTED)))
    return lines


def _beside(blocks: list[list[Line]], width: int) -> list[Line]:
    lines: list[Line] = []
    for index in range(max(len(block) for block in blocks)):
        cells: list[Line] = []
        for block in blocks:
            if cells:
                cells.append(line("  "))
            cell = block[index] if index < len(block) else EMPTY
            cells.append(cell if block is blocks[-1] else pad(cell, width))
        lines.append(line(*cells))
    return [*lines, EMPTY]
