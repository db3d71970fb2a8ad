"""Colour themes: one TOML file each, shipped ones and the user's own (docs/themes.md).

A theme gives Textual its colours and every ``Role`` its style. A file that can't be read is left
out and listed; it never stops the start.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from rich.errors import StyleSyntaxError
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme

from tui.lines import Role

DARK = "pgvigil-dark"
MONO = "pgvigil-mono"

# What a role looks like where a theme doesn't say.
_FALLBACK: Mapping[Role, Role] = {
    Role.TITLE: Role.STRONG,
    Role.HEADING: Role.STRONG,
    Role.LABEL: Role.MUTED,
    Role.NUMBER: Role.TEXT,
    Role.UNIT: Role.MUTED,
    Role.UNKNOWN: Role.MUTED,
    Role.STALE: Role.MUTED,
    Role.NOTICE: Role.ACCENT,
    Role.KEY: Role.ACCENT,
    Role.RULE: Role.MUTED,
    Role.BAR_FULL: Role.ACCENT,
    Role.BAR_WARNING: Role.WARNING,
    Role.BAR_CRITICAL: Role.CRITICAL,
    Role.BAR_EMPTY: Role.MUTED,
    Role.CURSOR: Role.SELECTED,
    Role.MATCH: Role.SELECTED,
    Role.MOMENT: Role.SELECTED,
    Role.SERIES_1: Role.ACCENT,
    Role.SERIES_2: Role.GOOD,
    Role.SERIES_3: Role.MARKED,
    Role.SERIES_4: Role.WARNING,
    Role.SQL_KEYWORD: Role.STRONG,
    Role.SQL_NAME: Role.TEXT,
    Role.SQL_STRING: Role.TEXT,
    Role.SQL_NUMBER: Role.TEXT,
    Role.SQL_COMMENT: Role.MUTED,
}
_REQUIRED = frozenset(Role) - frozenset(_FALLBACK)
_COLOURS = (
    "primary",
    "secondary",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "success",
    "warning",
    "error",
)
# What Textual's styles want of a theme that leaves the colours to the terminal.
_ANSI_VARIABLES = {
    "ansi-background": "ansi_black",
    "ansi-foreground": "ansi_white",
    "border-blurred": "ansi_default",
    "block-cursor-foreground": "ansi_black",
    "block-cursor-background": "ansi_white",
    "footer-key-foreground": "ansi_default",
    "input-cursor-background": "ansi_white",
    "input-cursor-foreground": "ansi_black",
    "input-cursor-text-style": "none",
    "input-selection-background": "ansi_white",
    "input-selection-foreground": "ansi_black",
    "scrollbar-background": "ansi_default",
    "scrollbar-background-active": "ansi_default",
    "scrollbar-background-hover": "ansi_default",
    "screen-selection-background": "ansi_white",
    "screen-selection-foreground": "ansi_black",
}
_KEYS = ("name", "title", "dark", "ansi", "colours", "roles", "variables")


@dataclass
class ConsoleTheme(Theme):
    """A Textual theme that also says how each role looks."""

    title: str = ""
    roles: Mapping[Role, Style] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThemeProblem:
    """Why a theme file, or a part of it, is not used."""

    path: Path
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


@dataclass(frozen=True, slots=True)
class Themes:
    """The themes that can be used, by name, and what was wrong with the others."""

    themes: Mapping[str, ConsoleTheme]
    problems: tuple[ThemeProblem, ...]

    def choose(self, wanted: str, environment: Mapping[str, str]) -> str:
        """The name to start with: ``wanted``, unless the terminal can't show it or it isn't there.

        ``NO_COLOR`` (https://no-color.org) and terminals without colours get the mono theme.
        """
        if environment.get("NO_COLOR") or environment.get("TERM") in {"linux", "dumb", "vt100"}:
            return MONO
        return wanted if wanted in self.themes else DARK

    def complaints(self, wanted: str) -> tuple[str, ...]:
        """What a person should know who asked for ``wanted``: that it isn't there, bad files.

        A line a file, so that they don't cover the screen; ``problems`` has all of them.
        """
        said = tuple(_in_brief(problems) for problems in self._by_file().values())
        if wanted in self.themes:
            return said
        near = _nearest(wanted, self.themes) or f"; there are {', '.join(sorted(self.themes))}"
        return (f"There is no theme {wanted}{near}", *said)

    def _by_file(self) -> dict[Path, list[ThemeProblem]]:
        files: dict[Path, list[ThemeProblem]] = {}
        for problem in self.problems:
            files.setdefault(problem.path, []).append(problem)
        return files


def _in_brief(problems: Sequence[ThemeProblem]) -> str:
    further = len(problems) - 1
    if not further:
        return str(problems[0])
    return f"{problems[0]}; {further} more: `pgvigil config check` lists them"


def shipped_folder() -> Path:
    """Where the shipped themes lie: in the wheel beside this file, in a checkout at its top."""
    beside = Path(__file__).parent / "themes"
    return beside if beside.is_dir() else Path(__file__).parent.parent / "themes"


def load_themes(user_folder: Path | None = None) -> Themes:
    """The shipped themes and those in ``user_folder``, which win where names are the same."""
    themes: dict[str, ConsoleTheme] = {}
    problems: list[ThemeProblem] = []
    for folder in (shipped_folder(), user_folder):
        for path in _theme_files(folder):
            try:
                theme = read_theme(path)
            except ThemeFileError as error:
                problems.extend(ThemeProblem(path, what) for what in error.problems)
            else:
                themes[theme.name] = theme
    return Themes(themes, tuple(problems))


def _theme_files(folder: Path | None) -> list[Path]:
    try:
        return sorted(folder.glob("*.toml")) if folder is not None else []
    except OSError:
        return []


class ThemeFileError(ValueError):
    """A theme file can't be used; holds every problem in it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def read_theme(path: Path) -> ConsoleTheme:
    """The theme in a file.

    Raises:
        ThemeFileError: with everything that is wrong with the file.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ThemeFileError([f"can't be read: {error}"]) from error
    problems: list[str] = []
    name = content.get("name", path.stem)
    if not isinstance(name, str):
        problems.append("name: text is expected")
    problems.extend(
        f"{key}: no such key{_nearest(key, _KEYS)}" for key in content.keys() - set(_KEYS)
    )
    problems.extend(
        f"{key}: true or false is expected"
        for key in ("dark", "ansi")
        if not isinstance(content.get(key, True), bool)
    )
    ansi = content.get("ansi", False) is True
    colours = _colours(content.get("colours", {}), problems)
    roles = _roles(content.get("roles", {}), problems)
    variables = _variables(content.get("variables", {}), problems)
    if not problems:
        variables = (_ANSI_VARIABLES if ansi else _of_roles(roles, colours)) | variables
    if problems:
        raise ThemeFileError(sorted(problems))
    return ConsoleTheme(
        name=str(name),
        title=str(content.get("title", name)),
        dark=content.get("dark", True) is True,
        ansi=ansi,
        variables=variables,
        roles=roles,
        **colours,
    )


def _colours(table: Any, problems: list[str]) -> dict[str, Any]:
    if not isinstance(table, dict):
        problems.append("colours: a table is expected")
        return {}
    if "primary" not in table:
        problems.append("colours.primary: is missing")
    for key, value in table.items():
        if key not in _COLOURS:
            problems.append(f"colours.{key}: no such colour{_nearest(key, _COLOURS)}")
        elif not _is_colour(value):
            problems.append(f"colours.{key}: {value!r} is not a colour; write it as #rrggbb")
    return table


def _variables(table: Any, problems: list[str]) -> dict[str, str]:
    """Colours for parts of Textual's own widgets; a wrong one would stop the start."""
    if not isinstance(table, dict):
        problems.append("variables: a table is expected")
        return {}
    for key, value in table.items():
        if key.endswith("-style") or not _is_colour(value):
            problems.append(f"variables.{key}: only colours can be set; write one as #rrggbb")
    return {str(key): str(value) for key, value in table.items()}


def _of_roles(roles: Mapping[Role, Style], colours: Mapping[str, str]) -> dict[str, str]:
    """Textual's own parts as the console's look: the palette's cursor as a table's, scrollbars."""
    variables: dict[str, str] = {}
    selected, bar = roles[Role.SELECTED], roles[Role.BAR_FULL]
    if selected.color is not None and selected.bgcolor is not None:
        for cursor in ("block-cursor", "block-cursor-blurred"):
            variables[f"{cursor}-foreground"] = selected.color.get_truecolor().hex
            variables[f"{cursor}-background"] = selected.bgcolor.get_truecolor().hex
    if bar.color is not None:
        variables["scrollbar"] = bar.color.get_truecolor().hex
    if "background" in colours:
        variables["scrollbar-background"] = colours["background"]
    return variables


def _is_colour(value: object) -> bool:
    try:
        Color.parse(str(value))
    except ColorParseError:
        return False
    return True


def _roles(table: Any, problems: list[str]) -> dict[Role, Style]:
    if not isinstance(table, dict):
        problems.append("roles: a table is expected")
        return {}
    styles: dict[Role, Style] = {}
    names = [role.value for role in Role]
    for key, value in table.items():
        if key not in names:
            problems.append(f"roles.{key}: no such role{_nearest(key, names)}")
            continue
        try:
            styles[Role(key)] = Style.parse(str(value))
        except StyleSyntaxError:
            problems.append(
                f'roles.{key}: {value!r} is not a style; write it like "bold #rrggbb on #rrggbb"'
            )
    problems.extend(f"roles.{role}: is missing" for role in _REQUIRED if role.value not in table)
    return _filled(styles)


def _filled(styles: dict[Role, Style]) -> dict[Role, Style]:
    """``styles`` with every role: a missing one looks as its fallback does."""
    filled: dict[Role, Style] = {}
    for role in Role:
        source = role
        while source not in styles and source in _FALLBACK:
            source = _FALLBACK[source]
        filled[role] = styles.get(source, Style.null())
    return filled


def _nearest(key: str, known: Any) -> str:
    nearest = get_close_matches(key, list(known), n=1)
    return f" (did you mean {nearest[0]}?)" if nearest else ""


def styles_of(theme: Theme) -> Mapping[Role, Style]:
    """How each role looks in ``theme``; for one of Textual's own themes a plain mapping."""
    if isinstance(theme, ConsoleTheme):
        return theme.roles
    return _filled(
        {
            Role.TEXT: Style.null(),
            Role.MUTED: Style(dim=True),
            Role.STRONG: Style(bold=True),
            Role.GOOD: Style.null(),
            Role.ACCENT: Style(color=theme.primary),
            Role.WARNING: Style(bold=True, color=theme.warning),
            Role.CRITICAL: Style(bold=True, reverse=True, color=theme.error),
            Role.SELECTED: Style(reverse=True),
            Role.MARKED: Style(bold=True, underline=True),
        }
    )
