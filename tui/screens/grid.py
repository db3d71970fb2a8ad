"""Which of several panes lies beside another one: pure functions from regions to names."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from textual.geometry import Region


class Direction(StrEnum):
    """Where a cursor is moved to."""

    UP = "up"
    DOWN = "down"
    LEFT = "left"
    RIGHT = "right"


def beside(regions: Mapping[str, Region], at: str, direction: Direction) -> str:
    """The nearest pane that faces the one at hand in a direction; it itself at the edge."""
    here = regions[at]
    facing = {
        name: (_distance(here, region, direction), _shift(here, region, direction))
        for name, region in regions.items()
        if name != at
        and _faces(here, region, direction)
        and _distance(here, region, direction) >= 0
    }
    return min(facing, key=facing.__getitem__, default=at)


def _distance(here: Region, there: Region, direction: Direction) -> int:
    """How many cells lie between two panes; negative where the other one is not that way."""
    return {
        Direction.UP: here.y - there.bottom,
        Direction.DOWN: there.y - here.bottom,
        Direction.LEFT: here.x - there.right,
        Direction.RIGHT: there.x - here.right,
    }[direction]


def _shift(here: Region, there: Region, direction: Direction) -> int:
    upright = direction in {Direction.UP, Direction.DOWN}
    return abs(there.x - here.x) if upright else abs(there.y - here.y)


def _faces(here: Region, there: Region, direction: Direction) -> bool:
    if direction in {Direction.UP, Direction.DOWN}:
        return there.x < here.right and here.x < there.right
    return there.y < here.bottom and here.y < there.bottom
