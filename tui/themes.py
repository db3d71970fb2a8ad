"""Colour themes: one TOML file each, shipped ones and the user's own (docs/themes.md).

A file that can't be read is left out and listed; it never stops the start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tui.theme_file import ThemeFileError, nearest, read_theme
from tui.theme_roles import ConsoleTheme

DARK = "pgvigil-dark"
MONO = "pgvigil-mono"
_WITHOUT_COLOURS = frozenset({"linux", "vt100"})


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
        if _is_without_colours(environment):
            return MONO
        return wanted if wanted in self.themes else DARK

    def complaints(self, wanted: str) -> tuple[str, ...]:
        """What a person should know who asked for ``wanted``: that it isn't there, bad files.

        A line a file, so that they don't cover the screen; ``problems`` has all of them.
        """
        said = tuple(_in_brief(problems) for problems in self._by_file().values())
        if wanted in self.themes:
            return said
        near = nearest(wanted, self.themes) or f"; there are {', '.join(sorted(self.themes))}"
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


def first_theme(
    wanted: str, environment: Mapping[str, str], user_folder: Path | None
) -> ConsoleTheme | None:
    """The theme that :meth:`Themes.choose` would choose, where one file says so.

    ``None`` where more has to be read: the user has themes, or there is none of that name. A
    console paints with this one first, and need not read the others for that.
    """
    if _theme_files(user_folder):
        return None
    files = {path.stem: path for path in _theme_files(shipped_folder())}
    name = MONO if _is_without_colours(environment) else wanted
    if wanted not in files or name not in files:
        return None
    try:
        return read_theme(files[name])
    except ThemeFileError:
        return None


def _is_without_colours(environment: Mapping[str, str]) -> bool:
    return bool(environment.get("NO_COLOR")) or environment.get("TERM") in _WITHOUT_COLOURS


def _theme_files(folder: Path | None) -> list[Path]:
    try:
        return sorted(folder.glob("*.toml")) if folder is not None else []
    except OSError:
        return []
