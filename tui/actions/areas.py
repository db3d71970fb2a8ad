"""The keys that open an area."""

from __future__ import annotations

from tui.actions.action import Action
from tui.actions.places import AREAS, Place


def area_actions() -> tuple[Action, ...]:
    """A key for each area; the servers have their own letter besides, and a place in the footer."""
    return tuple(
        Action(
            f"app.area('{place.value}')",
            (str(number),),
            str(number),
            place.value,
            f"open the {place.value} area" if number > 1 else "open the overview",
        )
        for number, place in enumerate(AREAS, start=1)
        if place is not Place.SERVERS
    )
