"""The registry of keys: people are told every key that is bound, everywhere in the same words."""

from __future__ import annotations

import pytest

from tui.actions import ACTIONS, Action, Place, actions_at
from tui.lines import plain
from tui.panes.keys import help_lines

WRITTEN = {
    "enter": "Enter", "escape": "Esc", "tab": "Tab", "shift+tab": "Shift+Tab", "space": "Space",
    "down": "↓", "up": "↑", "left": "←", "right": "→", "home": "Home", "end": "End",
    "pagedown": "PgDn", "pageup": "PgUp", "slash": "/", "colon": ":", "question_mark": "?",
    "greater_than_sign": ">", "less_than_sign": "<", "left_square_bracket": "[",
    "right_square_bracket": "]", "left_curly_bracket": "{", "right_curly_bracket": "}",
}  # fmt: skip


def written(key: str) -> str:
    """How a key is written for people."""
    return WRITTEN.get(key) or key.replace("ctrl+", "Ctrl+")


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: f"{action.name} {action.shown}")
def test_all_keys_of_an_action_are_written_for_people(action: Action) -> None:
    assert action.shown.split() == [written(key) for key in action.keys]


@pytest.mark.parametrize("place", Place)
def test_the_help_of_a_place_names_each_of_its_keys(place: Place) -> None:
    told = [plain(line) for line in help_lines(place, 80)]
    for action in actions_at(place):
        assert any(line.startswith(f"{action.shown} ") for line in told), action.shown


@pytest.mark.parametrize("place", Place)
def test_no_key_does_two_things_in_one_place(place: Place) -> None:
    keys = [key for action in actions_at(place) for key in action.keys]
    assert sorted(keys) == sorted(set(keys))
