"""Which cells differ between two lines: pure, and cheap where little differs."""

from __future__ import annotations

from tui.lines import Line, Role, cell_width

# Moving the cursor and setting a style costs about as many bytes as this many unchanged cells.
WORTH_SKIPPING = 12


def changed_cells(old: Line, new: Line, width: int) -> list[tuple[int, int]]:
    """The ranges ``(start, end)`` of cells, below ``width``, in which two lines differ.

    Ranges with only a few unchanged cells between them are given as one.
    """
    ranges: list[tuple[int, int]] = []
    for start, old_part, new_part in _differing_parts(old, new):
        if start >= width:
            break
        before, after = _cells(old_part), _cells(new_part)
        common = max(len(before), len(after))
        blank = (" ", Role.TEXT)
        before += [blank] * (common - len(before))
        after += [blank] * (common - len(after))
        for offset, (was, now) in enumerate(zip(before, after, strict=True), start):
            if was == now:
                continue
            if offset >= width:
                break
            if ranges and offset - ranges[-1][1] < WORTH_SKIPPING:
                ranges[-1] = (ranges[-1][0], offset + 1)
            else:
                ranges.append((offset, offset + 1))
    return ranges


def _differing_parts(old: Line, new: Line) -> list[tuple[int, Line, Line]]:
    """The stretches with different spans, each with its first cell.

    As long as spans begin at the same cells they are compared one by one; from where they no
    longer do, the rest is one stretch.
    """
    parts: list[tuple[int, Line, Line]] = []
    x = 0
    for index, (was, now) in enumerate(zip(old, new, strict=False)):
        cells = cell_width(was.text)
        if was == now:
            x += cells
        elif cells == cell_width(now.text):
            parts.append((x, (was,), (now,)))
            x += cells
        else:
            return [*parts, (x, old[index:], new[index:])]
    common = min(len(old), len(new))
    if len(old) != len(new):
        parts.append((x, old[common:], new[common:]))
    return parts


def _cells(line: Line) -> list[tuple[str, Role]]:
    """What stands in each cell; both cells of a wide character hold it."""
    cells: list[tuple[str, Role]] = []
    taken = 0
    for text, role in line:
        if text.isascii():
            cells.extend([(character, role) for character in text])
            taken = 1
            continue
        for character in text:
            if width := cell_width(character):
                cells.extend([(character, role)] * width)
                taken = width
            elif cells:
                marked = (cells[-1][0] + character, role)
                cells[-taken:] = [marked] * taken
    return cells
