"""What a screen has of a guided drill: the cursor goes with the step at hand, and never back."""

from __future__ import annotations

from dataclasses import replace

from core.errors import StoreError
from core.model.guided_drill import GuidedDrill
from core.restore.drill.guided import changes
from tests.tui import guided_frames
from tui.drills.followed import FollowedDrill
from tui.panes.view import Missing

LOOK = guided_frames.look()


def ticked(drill: GuidedDrill, name: str) -> GuidedDrill:
    return replace(changes.ticked(drill, name, "anna"), revision=drill.revision + 1)


def followed() -> FollowedDrill:
    made = FollowedDrill()
    assert made.take(LOOK)
    return made


def test_the_cursor_goes_on_with_the_step_at_hand() -> None:
    made = followed()
    assert made.cursor == "restore"
    assert made.take_drill(ticked(LOOK.drill, "restore"))
    assert made.cursor == "look"


def test_a_cursor_that_a_person_moved_stays() -> None:
    made = followed()
    assert made.move(-1)
    assert not made.take_drill(ticked(LOOK.drill, "restore"))
    assert made.cursor == "see"
    assert [made.move(-1), made.move(-1), made.move(-1)] == [True, True, False]


def test_what_was_read_before_a_key_was_done_is_not_shown_after_it() -> None:
    made = followed()
    made.take_drill(ticked(LOOK.drill, "restore"))
    assert not made.take(LOOK)
    assert made.cursor == "look"
    assert made.drill == ticked(LOOK.drill, "restore")


def test_its_clock_goes_on_while_the_store_is_away_and_never_back() -> None:
    made = followed()
    made.not_read(StoreError("The store is away"), LOOK.seconds + 60)
    made.go_on(LOOK.seconds + 30)
    shown = made.shown
    assert shown is not None
    assert (shown.seconds, shown.trouble) == (LOOK.seconds + 60, "The store is away")
    made.take(LOOK)
    assert made.shown is not None
    assert made.shown.trouble == ""


def test_one_that_was_never_read_says_why() -> None:
    made = FollowedDrill()
    made.not_read(StoreError("The store is away"), 0.0)
    assert isinstance(made.look, Missing)
    assert (made.shown, made.drill, made.step, made.move(1)) == (None, None, None, False)
