"""A confirmation says what will be done, and takes only a deliberate yes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.app import App

from tests.tui.screen import shown
from tests.tui.screen_text import seen, still, until
from tui.lines import plain
from tui.widgets.confirm import Confirm, Question
from tui.widgets.lines_view import LinesView

CANCEL = Question("Cancel 2 queries?", ("pid 4711: select \x1b[31m* from orders", "pid 4712"))
LONG = Question(
    "End 20 sessions?", tuple(f"pid {n}" for n in range(4711, 4731)), "Nothing is left."
)
LONG_TYPED = replace(LONG, typed="shop")
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
        assert not plain(asked.query_one(".prompt", LinesView).lines[0]), "no answer is named"
        asked.action_agree()
        await still(pilot)
        assert app.answers == [False]
        assert "y do it" in "\n".join(shown(app))
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


@pytest.mark.parametrize("size", [(20, 5), (10, 3), (39, 24), (80, 9)])
@pytest.mark.parametrize(("question", "keys"), [(CANCEL, ["y"]), (DROP, [*"shop", "enter"])])
async def test_where_it_cannot_be_read_it_asks_for_a_larger_terminal_and_takes_no_yes(
    question: Question, keys: list[str], size: tuple[int, int]
) -> None:
    app = AskingApp(question)
    async with app.run_test(size=size) as pilot:
        assert "Make the" in await still(pilot)
        await pilot.press(*keys)
        await still(pilot)
        assert app.answers == []
        await pilot.resize_terminal(80, 24)
        await seen(pilot, question.title)
        await pilot.press(*keys)
        await until(pilot, lambda: app.answers == [True])


@pytest.mark.parametrize(("question", "keys"), [(LONG, ["y"]), (LONG_TYPED, [*"shop", "enter"])])
async def test_what_does_not_fit_is_read_to_its_end_before_it_is_agreed_to(
    question: Question, keys: list[str]
) -> None:
    app = AskingApp(question)
    async with app.run_test(size=(60, 12)) as pilot:
        text = await seen(pilot, "read on, then answer")
        assert "Nothing is left." not in text
        await pilot.press(*keys)
        await still(pilot)
        assert app.answers == []
        await pilot.press(*["down"] * 20)
        await seen(pilot, "Nothing is left.")
        await pilot.press(*keys)
        await until(pilot, lambda: app.answers == [True])


async def test_asked_anew_it_says_how_things_are_now() -> None:
    app = AskingApp(CANCEL)
    async with app.run_test(size=(80, 24)) as pilot:
        await seen(pilot, "pid 4712")
        assert isinstance(app.screen, Confirm)
        app.screen.ask_anew(replace(CANCEL, steps=("pid 4711: idle now",)))
        text = await seen(pilot, "pid 4711: idle now")
        assert "pid 4712" not in text
        await pilot.press("y")
        await until(pilot, lambda: app.answers == [True])


@pytest.mark.parametrize(
    ("word", "answers"),
    [("y do it", [True]), ("do it", [True]), ("n or", [False]), ("esc do", [False]),
     ("nothing", [False]), ("   n or", [])],
)  # fmt: skip
async def test_what_the_prompt_names_can_be_clicked(word: str, answers: list[bool]) -> None:
    app = AskingApp(CANCEL)
    async with app.run_test(size=(80, 24)) as pilot:
        await seen(pilot, "y do it")
        await still(pilot)
        await pilot.click(".prompt", offset=(plain(CANCEL.prompt).index(word), 0))
        await still(pilot)
        assert app.answers == answers


async def test_a_question_that_changes_before_it_is_drawn_is_drawn_as_it_is_now() -> None:
    app = AskingApp(CANCEL)
    async with app.run_test(size=(80, 24)) as pilot:
        dialog = Confirm(CANCEL)
        app.push_screen(dialog)
        dialog.ask_anew(replace(CANCEL, steps=("pid 4799",)))
        await seen(pilot, "pid 4799")
        assert "pid 4711" not in "\n".join(shown(app))
