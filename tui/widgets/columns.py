"""How a table's columns share a line: pure functions from columns and a width to a layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

GAP = 2
MARK = 1
"""Cells of the mark that says by which column and in which order the rows stand."""


class Align(StrEnum):
    """On which side of its column a text stands."""

    LEFT = "left"
    RIGHT = "right"


class SortOrder(StrEnum):
    """Which end comes first."""

    ASCENDING = "ascending"
    DESCENDING = "descending"

    @property
    def reversed(self) -> SortOrder:
        """The other one."""
        return SortOrder.DESCENDING if self is SortOrder.ASCENDING else SortOrder.ASCENDING


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the cells it needs, and what becomes of it when the terminal is narrow.

    ``width`` is what it takes at least. What is left over is shared by ``grow``, as far as texts
    need it; what these don't need, the others get that would cut theirs. Where that is not enough,
    columns of short texts lend what they don't need, down to their ``least``. Where there is too
    little room the column of the least ``importance`` gives way first. ``first`` is the order that
    the first sorting by this column gives.
    """

    key: str
    label: str
    width: int
    align: Align = Align.LEFT
    importance: int = 1
    grow: int = 0
    first: SortOrder = SortOrder.ASCENDING
    least: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A column in a layout: its place among the columns, its first cell, its width."""

    index: int
    column: Column
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that are shown, from left to right, and how many are not."""

    placed: tuple[Placed, ...]
    hidden: int

    def at(self, x: int) -> Placed | None:
        """The column at cell ``x``; the gap behind a column belongs to it."""
        return next((p for p in self.placed if p.start <= x < p.start + p.width + GAP), None)


_At: TypeAlias = tuple[int, Column]
"""A column with its index among all of a table's."""


def lay_out(
    columns: Sequence[Column],
    width: int,
    skipped: int = 0,
    sorted_by: int | None = None,
    wanted: Sequence[int] = (),
) -> Layout:
    """The columns that fit ``width``, without the first ``skipped`` behind the first one.

    The first column names the row, so that it stays wherever one looks; the one with the index
    ``sorted_by`` tells why the rows stand as they do, so that it stays too, with room for its mark.
    ``wanted`` is how many cells the longest text of each column takes, where that is known.
    """
    wide = [
        (index, _with_mark(column) if index == sorted_by else column)
        for index, column in enumerate(columns)
        if index in {0, sorted_by} or index > skipped
    ]
    kept = _that_fit(wide, width, sorted_by)
    widths = _shared(kept, width, wanted)
    if wanted:
        close = [(index, _fitted(column, wanted[index])) for index, column in wide]
        more = _without_loss(close, kept, width, wanted)
        is_cut = any(wanted[at] > cells for (at, _), cells in zip(kept, widths, strict=True))
        if is_cut or len(more) > len(kept):
            kept, widths = more, _shared(more, width, wanted)
    placed: list[Placed] = []
    x = 0
    for (index, column), shared in zip(kept, widths, strict=True):
        cells = min(shared, max(0, width - x))
        placed.append(Placed(index, column, x, cells))
        x += cells + GAP
    return Layout(tuple(placed), len(columns) - len(kept))


def _that_fit(columns: Sequence[_At], width: int, sorted_by: int | None) -> list[_At]:
    """The columns that there is room for, the most important ones."""
    kept = list(columns)
    while len(kept) > 1 and _needed(kept) > width:
        # Of equally unimportant ones the last gives way.
        kept.remove(
            min(reversed(kept[1:]), key=lambda item: (item[0] == sorted_by, item[1].importance))
        )
    return kept


def _without_loss(
    columns: Sequence[_At], kept: Sequence[_At], width: int, wanted: Sequence[int]
) -> list[_At]:
    """Those of ``columns`` that are kept, and others, as long as no text is cut for that."""
    cells = {index: max(column.width, wanted[index]) for index, column in columns}
    found = {index for index, _ in kept}
    left = width - sum(cells[index] + GAP for index in found) + GAP
    for index, _ in sorted(columns, key=lambda item: (-item[1].importance, item[0])):
        if index not in found and cells[index] + GAP <= left:
            found.add(index)
            left -= cells[index] + GAP
    return [each for each in columns if each[0] in found]


def _shared(columns: Sequence[_At], width: int, wanted: Sequence[int]) -> Sequence[int]:
    """The width of each column, of all that there is."""
    widths = [column.width for _, column in columns]
    left = max(0, width - _needed(columns))
    growing = [column.grow for _, column in columns]
    if wanted:
        needed = [wanted[index] for index, _ in columns]
        left = _give(left, widths, needed, growing)
        left = _give(left, widths, needed, [column.importance for _, column in columns])
    _give(left, widths, [width] * len(widths), growing)
    return widths


def _give(left: int, widths: list[int], most: Sequence[int], shares: Sequence[int]) -> int:
    """Share out ``left`` cells, to each up to its ``most``; gives what nobody took."""
    while wide := [at for at, share in enumerate(shares) if share and widths[at] < most[at]]:
        parts, before = sum(shares[at] for at in wide), left
        for at in wide:
            extra = min(left * shares[at] // parts, most[at] - widths[at])
            parts -= shares[at]
            widths[at] += extra
            left -= extra
        if left == before:
            break
    return left


def _fitted(column: Column, wanted: int) -> Column:
    """A column that takes less than its width, where it can do with less."""
    if column.least is None:
        return column
    least = max(column.least, len(column.label) + MARK, wanted)
    return replace(column, width=min(column.width, least))


def _with_mark(column: Column) -> Column:
    """A column in which its label and the mark of the order stand whole."""
    return replace(column, width=max(column.width, len(column.label) + MARK))


def _needed(columns: Sequence[_At]) -> int:
    return sum(column.width for _, column in columns) + GAP * (len(columns) - 1)
