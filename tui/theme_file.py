"""A theme's TOML file, read and checked (docs/themes.md)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from rich.errors import StyleSyntaxError
from rich.style import Style
from textual.color import Color, ColorParseError

from tui.lines import Role
from tui.theme_roles import REQUIRED_ROLES, ConsoleTheme, with_every_role

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
        f"{key}: no such key{nearest(key, _KEYS)}" for key in content.keys() - set(_KEYS)
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
            problems.append(f"colours.{key}: no such colour{nearest(key, _COLOURS)}")
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
            problems.append(f"roles.{key}: no such role{nearest(key, names)}")
            continue
        try:
            styles[Role(key)] = Style.parse(str(value))
        except StyleSyntaxError:
            problems.append(
                f'roles.{key}: {value!r} is not a style; write it like "bold #rrggbb on #rrggbb"'
            )
    problems.extend(
        f"roles.{role}: is missing" for role in REQUIRED_ROLES if role.value not in table
    )
    return with_every_role(styles)


def nearest(key: str, known: Iterable[str]) -> str:
    """A question after the one of ``known`` that is most like ``key``; empty where none is."""
    near = get_close_matches(key, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""
