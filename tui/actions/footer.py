"""Which keys the footer names, and in which order."""

from __future__ import annotations

from dataclasses import replace

from tui.actions.action import Action, Scene
from tui.actions.places import Place
from tui.actions.registry import actions_at
from tui.panes.view import Mode

WAYS_OUT = frozenset({"app.live", "app.help", "app.back", "app.quit", "screen.step_back"})
"""What leads out, back to live, or to the help: where there is little room it stays."""


def footer_actions(place: Place, scene: Scene) -> tuple[Action, ...]:
    """What the footer names in a place, most important first.

    "Back to live" stands there only when the screen is not live, and then first; what acts on the
    server only when it is; what acts on something only where that is there.
    """
    wanted = [
        _in_mode(action, scene.mode)
        for action in actions_at(place, demo=scene.demo)
        if action.rank is not None
        and (action.about is None or action.about in scene.subjects)
        and _is_had_in(action, scene.mode)
    ]
    return tuple(sorted(wanted, key=lambda action: _footer_rank(action, scene.mode)))


def _is_had_in(action: Action, mode: Mode) -> bool:
    """Whether an action does anything while the time goes so."""
    if mode is Mode.LIVE:
        return action.name != "app.live"
    return not action.live_only and not (mode is Mode.REWOUND and action.name == "app.pause")


def _in_mode(action: Action, mode: Mode) -> Action:
    """A paused screen goes on with the key that held it."""
    if mode is Mode.PAUSED and action.name == "app.pause":
        return replace(action, label="resume")
    return action


def _footer_rank(action: Action, mode: Mode) -> int:
    if mode is not Mode.LIVE and action.name == "app.live":
        return -2
    if mode is not Mode.LIVE and action.name in {"app.rewind(-1)", "app.pause"}:
        return -1
    return action.rank or 0
