"""How a table's columns share a line: pure functions from columns and a width to a layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

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

    ``width`` is what it takes at least; what is left over is shared by ``grow``. Where there is
    too little room the column of the least ``importance`` gives way first. ``first`` is the order
    that the first sorting by this column gives.
    """

    key: str
    label: str
    width: int
    align: Align = Align.LEFT
    importance: int = 1
    grow: int = 0
    first: SortOrder = SortOrder.ASCENDING


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


def lay_out(
    columns: Sequence[Column], width: int, skipped: int = 0, sorted_by: int | None = None
) -> Layout:
    """The columns that fit ``width``, without the first ``skipped`` behind the first one.

    The first column names the row, so that it stays wherever one looks; the one with the index
    ``sorted_by`` tells why the rows stand as they do, so that it stays too, with room for its mark.
    """
    kept = [
        (index, _with_mark(column) if index == sorted_by else column)
        for index, column in enumerate(columns)
        if index in {0, sorted_by} or index > skipped
    ]
    while len(kept) > 1 and _needed(kept) > width:
        # Of equally unimportant ones the last gives way.
        kept.remove(
            min(reversed(kept[1:]), key=lambda item: (item[0] == sorted_by, item[1].importance))
        )
    left = max(0, width - _needed(kept))
    shares = sum(column.grow for _, column in kept)
    placed: list[Placed] = []
    x = 0
    for index, column in kept:
        extra = left * column.grow // shares if shares else 0
        shares -= column.grow
        left -= extra
        cells = min(column.width + extra, max(0, width - x))
        placed.append(Placed(index, column, x, cells))
        x += cells + GAP
    return Layout(tuple(placed), len(columns) - len(kept))


def _with_mark(column: Column) -> Column:
    """A column in which its label and the mark of the order stand whole."""
    return replace(column, width=max(column.width, len(column.label) + MARK))


def _needed(columns: Sequence[tuple[int, Column]]) -> int:
    return sum(column.width for _, column in columns) + GAP * (len(columns) - 1)
