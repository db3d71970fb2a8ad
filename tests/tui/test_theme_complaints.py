"""What the console says of a theme that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui import frames
from tests.tui.conftest import Console
from tests.tui.screen_text import seen, until
from tests.unit.tui.test_themes import MINIMAL

SIZE = (100, 30)


@pytest.fixture
def own_themes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's own themes."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "pgvigil" / "themes"
    folder.mkdir(parents=True)
    return folder


async def test_a_theme_that_is_not_there_is_said_with_the_nearest_one(
    console: Console, own_themes: Path
) -> None:
    (own_themes / "harbour.toml").write_text(MINIMAL.replace("mine", "harbour"))
    for wanted, near in (("pgvigil-ligth", "pgvigil-light"), ("harbor", "harbour")):
        app = console(frames.calm(), theme=wanted)
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            await seen(pilot, f"There is no theme {wanted}")
            assert [f"did you mean {near}?" in each.message for each in app._notifications] == [
                True
            ]
            assert app.theme == "pgvigil-dark"


async def test_a_theme_that_is_like_no_other_is_said_with_those_that_there_are(
    console: Console, own_themes: Path
) -> None:
    app = console(frames.calm(), theme="zzz")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "There is no theme zzz", "pgvigil-mono")


async def test_a_theme_file_with_mistakes_is_said(console: Console, own_themes: Path) -> None:
    (own_themes / "mine.toml").write_text("colours = 5\n")
    app = console(frames.calm())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        told = "mine.toml: colours: a table is expected"
        await until(pilot, lambda: any(told in each.message for each in app._notifications))


async def test_nothing_is_said_of_a_theme_that_is_there(console: Console, own_themes: Path) -> None:
    app = console(frames.calm(), theme="pgvigil-light")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "14 of 97 slots")
        assert not app._notifications


async def test_many_mistakes_in_a_file_are_said_in_one_message(
    console: Console, own_themes: Path
) -> None:
    (own_themes / "mine.toml").write_text('dark = "maybe"\nansi = 1\ncolours = 5\nroles = 6\n')
    (own_themes / "other.toml").write_text("[")
    app = console(frames.calm())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await until(pilot, lambda: len(app._notifications) == 1)
        (message,) = (each.message for each in app._notifications)
        assert "3 more" in message
        assert "other.toml" in message


async def test_the_palette_shows_a_theme_under_its_title(
    console: Console, own_themes: Path
) -> None:
    (own_themes / "mine.toml").write_text(f'title = "Harbour"\n{MINIMAL}')
    app = console(frames.calm())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await seen(pilot, "14 of 97 slots")
        await pilot.press("colon")
        await pilot.press(*"harbour")
        await seen(pilot, "theme Harbour")
        await pilot.press("enter", "enter")
        await until(pilot, lambda: app.theme == "mine")
