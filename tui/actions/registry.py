"""The one registry of what keys do: bindings, footer, palette and help are drawn from it."""

from __future__ import annotations

from collections.abc import Iterable

from tui.actions.action import Action
from tui.actions.areas import area_actions
from tui.actions.backups import BACKUPS
from tui.actions.console import CONSOLE, FILTER_FIELD
from tui.actions.drills import DRILLS
from tui.actions.guided_drills import GUIDED_DRILLS
from tui.actions.navigation import NAVIGATION
from tui.actions.overview import OVERVIEW
from tui.actions.places import Place
from tui.actions.restores import RESTORES
from tui.actions.sessions import ACTING_ON_SESSIONS
from tui.actions.tables import TABLES_AND_VIEWS

ACTIONS: tuple[Action, ...] = (
    *area_actions(),
    *RESTORES,
    *GUIDED_DRILLS,
    *OVERVIEW,
    *NAVIGATION,
    *TABLES_AND_VIEWS,
    *BACKUPS,
    *DRILLS,
    *ACTING_ON_SESSIONS,
    *CONSOLE,
    *FILTER_FIELD,
)
"""All that keys do; in a place the help tells them in this order."""


def actions_at(place: Place, *, demo: bool = False) -> tuple[Action, ...]:
    """What can be done in a place; in a demonstration there is more."""
    here = (action for action in ACTIONS if place in action.places)
    return tuple(action for action in here if demo or not action.demo_only)


def is_had_at(place: Place, name: str) -> bool:
    """Whether a screen's action can be done in a place; one that no key is bound to always can."""
    places = _PLACES_OF.get(name)
    return places is None or place in places


def _places_by_name() -> dict[str, frozenset[Place]]:
    found: dict[str, frozenset[Place]] = {}
    for action in ACTIONS:
        namespace, _, name = action.name.partition("(")[0].partition(".")
        if namespace == "screen":
            found[name] = found.get(name, frozenset()) | action.places
    return found


_PLACES_OF = _places_by_name()


def bindings_of(actions: Iterable[Action]) -> list[tuple[str, str, str]]:
    """Textual's bindings (keys, action, description) for some actions."""
    return [(",".join(action.keys), action.name, action.label) for action in actions]
