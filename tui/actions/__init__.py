"""What every key does, told once: one registry, from which bindings, footer, palette and help come.

A subject's keys stand in a module of its own; :mod:`tui.actions.registry` puts them together.
"""

from tui.actions.action import Action, Scene, Subject
from tui.actions.footer import WAYS_OUT, footer_actions
from tui.actions.places import AREAS, BACKUP_PLACES, BACKUP_VIEWS, CONNECTION_VIEWS, WIZARD, Place
from tui.actions.registry import ACTIONS, actions_at, bindings_of, is_had_at

__all__ = [
    "ACTIONS",
    "AREAS",
    "BACKUP_PLACES",
    "BACKUP_VIEWS",
    "CONNECTION_VIEWS",
    "WAYS_OUT",
    "WIZARD",
    "Action",
    "Place",
    "Scene",
    "Subject",
    "actions_at",
    "bindings_of",
    "footer_actions",
    "is_had_at",
]
