"""Themes: legible, told apart by more than colour, and never in the way of the start."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.color import Color, ColorSystem
from rich.style import Style
from textual.app import App

from tui.lines import Role
from tui.theme_file import read_theme
from tui.theme_roles import ConsoleTheme
from tui.themed import ThemedApp
from tui.themes import DARK, MONO, first_theme, load_themes, shipped_folder

# WCAG 2.2, 1.4.3: text 4.5; 1.4.11: what is no text 3; rules and empty bars only divide.
DECORATION = {Role.RULE, Role.BAR_EMPTY}
GRAPHICS = {
    Role.BAR_FULL, Role.BAR_WARNING, Role.BAR_CRITICAL,
    Role.SERIES_1, Role.SERIES_2, Role.SERIES_3, Role.SERIES_4,
}  # fmt: skip
THEMES = load_themes().themes
COLOURED = [theme for theme in THEMES.values() if not theme.ansi]


def luminance(colour: Color) -> float:
    """Relative luminance as WCAG 2.2 defines it."""

    def linear(channel: int) -> float:
        value = channel / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    triplet = colour.get_truecolor()
    return 0.2126 * linear(triplet[0]) + 0.7152 * linear(triplet[1]) + 0.0722 * linear(triplet[2])


def ratio(one: Color, other: Color) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def contrast(style: Style, theme: ConsoleTheme, system: ColorSystem) -> float:
    background = style.bgcolor or Color.parse(str(theme.background))
    foreground = style.color or Color.parse(str(theme.foreground))
    return ratio(foreground.downgrade(system), background.downgrade(system))


def test_five_themes_are_shipped_without_a_problem() -> None:
    loaded = load_themes()
    assert sorted(loaded.themes) == [
        "pgvigil-colour-blind", "pgvigil-dark", "pgvigil-high-contrast", "pgvigil-light",
        "pgvigil-mono",
    ]  # fmt: skip
    assert loaded.problems == ()
    assert {path.stem for path in shipped_folder().glob("*.toml")} == set(loaded.themes)


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
@pytest.mark.parametrize("role", sorted(set(Role) - DECORATION))
@pytest.mark.parametrize("system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT], ids=str)
def test_every_text_is_legible(theme: ConsoleTheme, role: Role, system: ColorSystem) -> None:
    least = 3.0 if role in GRAPHICS else 4.5
    if theme.name == "pgvigil-high-contrast":
        least = 7.0
    assert contrast(theme.roles[role], theme, system) >= least


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
def test_what_textual_draws_is_legible_too(theme: ConsoleTheme) -> None:
    variables = theme.to_color_system().generate()
    pairs = [
        (
            variables["block-cursor-blurred-foreground"],
            variables["block-cursor-blurred-background"],
        ),
        (variables["foreground"], variables["panel"]),
    ]
    least = 7.0 if theme.name == "pgvigil-high-contrast" else 4.5
    for text, background in pairs:
        assert ratio(Color.parse(text), Color.parse(background)) >= least
    assert ratio(Color.parse(variables["scrollbar"]), Color.parse(variables["background"])) >= 3.0


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_only_a_charts_last_curve_may_look_like_a_warning(theme: ConsoleTheme) -> None:
    alarming = {theme.roles[role].color for role in (Role.BAR_WARNING, Role.BAR_CRITICAL)}
    calm = {theme.roles[role].color for role in (Role.SERIES_1, Role.SERIES_2, Role.SERIES_3)}
    assert not alarming & calm


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_severities_differ_from_text_and_from_each_other(theme: ConsoleTheme) -> None:
    roles = (Role.TEXT, Role.WARNING, Role.CRITICAL)
    assert len({str(theme.roles[role]) for role in roles}) == 3


def test_without_colours_weight_and_video_tell_severities_apart() -> None:
    styles = [THEMES[MONO].roles[role] for role in (Role.TEXT, Role.WARNING, Role.CRITICAL)]
    assert len({(style.bold, style.reverse, style.underline) for style in styles}) == 3


# The reds and magentas of the sixteen colours as xterm has them; black and white are the two ends.
XTERM = {1: "#cd0000", 5: "#cd00cd", 7: "#e5e5e5"}


def xterm(colour: Color | None, otherwise: str) -> Color:
    default = colour is None or colour.is_default
    return Color.parse(otherwise if default or colour is None else XTERM[colour.number or 0])


@pytest.mark.parametrize(("background", "text"), [("#000000", "#ffffff"), ("#ffffff", "#000000")])
@pytest.mark.parametrize("role", sorted(set(Role) - DECORATION))
def test_mono_is_legible_on_black_and_on_white(role: Role, background: str, text: str) -> None:
    style = THEMES[MONO].roles[role]
    assert ratio(xterm(style.color, text), xterm(style.bgcolor, background)) >= 3.5


def test_mono_needs_sixteen_colours_at_most() -> None:
    for style in THEMES[MONO].roles.values():
        for colour in (style.color, style.bgcolor):
            assert colour is None or colour.is_default or (colour.number or 0) < 16


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"TERM": "xterm-256color"}, "pgvigil-light"),
        ({"TERM": "linux"}, MONO),
        ({"TERM": "vt100"}, MONO),
        ({"TERM": "xterm", "NO_COLOR": "1"}, MONO),
        ({"TERM": "xterm", "NO_COLOR": ""}, "pgvigil-light"),
    ],
)
def test_the_terminal_decides_whether_there_are_colours(
    environment: dict[str, str], name: str
) -> None:
    assert load_themes().choose("pgvigil-light", environment) == name


def test_a_theme_that_is_not_there_gives_the_dark_one() -> None:
    assert load_themes().choose("no-such-theme", {"TERM": "xterm"}) == DARK


MINIMAL = """
name = "mine"
[colours]
primary = "#ffffff"
[roles]
text = "#ffffff"
muted = "#aaaaaa"
strong = "bold"
good = "green"
warning = "yellow"
critical = "bold red"
accent = "cyan"
selected = "reverse"
marked = "underline"
"""


def test_a_users_theme_needs_few_roles(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINIMAL)
    loaded = load_themes(tmp_path)
    assert loaded.problems == ()
    assert loaded.themes["mine"].roles[Role.HEADING] == Style(bold=True)
    assert set(loaded.themes["mine"].roles) == set(Role)


def test_a_cursor_without_colours_leaves_textuals_own(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINIMAL)
    assert "block-cursor-background" not in load_themes(tmp_path).themes["mine"].variables


def test_a_theme_may_set_what_else_follows_from_its_roles(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(f"{MINIMAL}[variables]\nscrollbar = '#123456'")
    assert load_themes(tmp_path).themes["mine"].variables["scrollbar"] == "#123456"


def test_a_users_theme_wins_over_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "dark.toml").write_text(MINIMAL.replace("mine", DARK))
    assert load_themes(tmp_path).themes[DARK].roles[Role.STRONG] == Style(bold=True)


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("name = ", ["can't be read"]),
        (MINIMAL.replace("#ffffff", "whitish", 1), ["colours.primary: 'whitish' is not a colour"]),
        (MINIMAL + 'warnnig = "red"', ["roles.warnnig: no such role (did you mean warning?)"]),
        (MINIMAL + 'label = "very red"', ["roles.label: 'very red' is not a style"]),
        (MINIMAL.replace('text = "#ffffff"', ""), ["roles.text: is missing"]),
        (
            "colour = 1\n" + MINIMAL.replace('good = "green"', ""),
            ["colour: no such key (did you mean colours?)", "roles.good: is missing"],
        ),
        (
            MINIMAL + "[variables]\nborder = 'wavy'\nlink-style = '#ffffff'",
            ["variables.border: only colours", "variables.link-style: only colours"],
        ),
        ("roles = 1\n[colours]\nprimary = 1", ["colours.primary: 1 is not", "roles: a table"]),
    ],
)
def test_a_bad_theme_is_left_out_and_every_problem_listed(
    tmp_path: Path, content: str, problems: list[str]
) -> None:
    (tmp_path / "bad.toml").write_text(content)
    loaded = load_themes(tmp_path)
    assert sorted(loaded.themes) == sorted(THEMES)
    assert len(loaded.problems) == len(problems)
    for problem, expected in zip(loaded.problems, problems, strict=True):
        assert str(problem).startswith(f"{tmp_path / 'bad.toml'}: {expected}")


def test_a_theme_that_is_no_text_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder.toml").mkdir()
    assert len(load_themes(tmp_path).problems) == 2


def test_a_missing_folder_is_no_problem(tmp_path: Path) -> None:
    assert load_themes(tmp_path / "none").problems == ()


def test_a_theme_says_its_title() -> None:
    assert read_theme(shipped_folder() / "pgvigil-light.toml").title == "Light"


@pytest.mark.parametrize("wanted", [*THEMES, "no-such-theme", "../pgvigil-dark"])
@pytest.mark.parametrize("environment", [{"TERM": "xterm"}, {"NO_COLOR": "1"}, {"TERM": "linux"}])
def test_the_theme_that_is_read_first_is_the_one_that_all_themes_lead_to(
    wanted: str, environment: dict[str, str], tmp_path: Path
) -> None:
    first, loaded = first_theme(wanted, environment, tmp_path), load_themes(tmp_path)
    if loaded.complaints(wanted):
        assert first is None
    else:
        assert first == loaded.themes[loaded.choose(wanted, environment)]


def test_a_users_own_theme_wins_from_the_first_paint_on(tmp_path: Path) -> None:
    assert first_theme(DARK, {}, tmp_path) is not None
    (tmp_path / "mine.toml").write_text('name = "pgvigil-dark"\n')
    assert first_theme(DARK, {}, tmp_path) is None


def test_a_line_is_painted_without_a_copy_of_all_themes(monkeypatch: pytest.MonkeyPatch) -> None:
    def copied(_: object) -> dict[str, object]:
        raise AssertionError

    app = ThemedApp(DARK)
    monkeypatch.setattr(App, "available_themes", property(copied))
    assert app.ansi_theme is app.ansi_theme_dark
    assert app.current_theme.name == DARK


def test_of_several_themes_the_first_that_there_is_is_found() -> None:
    app = ThemedApp(DARK)
    assert app.get_theme(f"none, {DARK}") is app.current_theme
    assert app.get_theme("none") is None
