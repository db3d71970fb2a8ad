"""A confirmation says what will be done, and takes only a deliberate yes."""

from __future__ import annotations

import pytest
from textual.app import App

from tests.tui.screen import shown
from tests.tui.screen_text import still
from tui.widgets.confirm import Confirm, Question

CANCEL = Question("Cancel 2 queries?", ("pid 4711: select \x1b[31m* from orders", "pid 4712"))
DROP = Question("Restore over it?", ("drop database shop",), "Data is lost.", typed="shop")


class AskingApp(App[None]):
    """Asks one question."""

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self.answers: list[bool | None] = []

    def on_mount(self) -> None:
        self.push_screen(Confirm(self.question), self.answers.append)


@pytest.mark.parametrize(
    ("question", "keys", "answers"),
    [
        (CANCEL, ["y"], [True]),
        (CANCEL, ["n"], [False]),
        (CANCEL, ["escape"], [False]),
        (CANCEL, ["enter"], []),
        (DROP, [*"shop", "enter"], [True]),
        (DROP, [*"shoe", "enter"], []),
        (DROP, ["y", "enter"], []),
        (DROP, [*"shoe", "enter", *"shop", "enter"], [True]),
        (DROP, [*"shop", "escape"], [False]),
    ],
)
async def test_only_a_deliberate_yes_counts(
    question: Question, keys: list[str], answers: list[bool]
) -> None:
    app = AskingApp(question)
    async with app.run_test(size=(80, 24)) as pilot:
        await still(pilot)
        await pilot.press(*keys)
        await still(pilot)
        assert app.answers == answers


async def test_a_yes_before_the_question_is_to_be_seen_is_none() -> None:
    app = AskingApp(CANCEL)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("escape")
        asked = Confirm(CANCEL)
        await app.push_screen(asked, app.answers.append)
        asked.action_agree()
        await still(pilot)
        assert app.answers == [False]
        await pilot.press("y")
        await still(pilot)
        assert app.answers == [False, True]


async def test_it_says_exactly_what_will_be_done() -> None:
    app = AskingApp(CANCEL)
    async with app.run_test(size=(80, 24)) as pilot:
        await still(pilot)
        text = "\n".join(shown(app))
        assert "Cancel 2 queries?" in text
        assert "pid 4711: select ␛[31m* from orders" in text
        assert "y do it" in text


@pytest.mark.parametrize("size", [(20, 5), (10, 3)])
async def test_it_fits_small_terminals(size: tuple[int, int]) -> None:
    app = AskingApp(DROP)
    async with app.run_test(size=size) as pilot:
        await still(pilot)
        await pilot.press(*"shop", "enter")
        await still(pilot)
        assert app.answers == [True]
