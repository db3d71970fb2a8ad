"""An app in a colour theme of ours: those that come along, and the person's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property

from textual.app import App
from textual.theme import Theme

from tui.frugal import FrugalApp
from tui.theme_roles import ConsoleTheme
from tui.themes import Themes, first_theme, load_themes


class ThemedApp(FrugalApp[None]):
    """Knows the themes by name; ``theme_complaints`` say which of them can't be used, and why.

    Where the user has none of their own, all but the first are read once one of them is wanted.
    """

    def __init__(self, wanted: str) -> None:
        """Begin in the theme ``wanted``, or in one that suits the terminal where there is none."""
        super().__init__()
        from core.api.folders import themes_folder

        self._themes_folder = themes_folder()
        self.theme_complaints: tuple[str, ...] = ()
        first = first_theme(wanted, os.environ, self._themes_folder)
        if first is None:
            self.theme_complaints = self._themes.complaints(wanted)
            first = self._themes.themes[self._themes.choose(wanted, os.environ)]
        self.register_theme(first)
        self._start_with_theme(first.name)

    @cached_property
    def _themes(self) -> Themes:
        themes = load_themes(self._themes_folder)
        for theme in themes.themes.values():
            self.register_theme(theme)
        return themes

    @property
    def theme_names(self) -> tuple[str, ...]:
        """Every theme that can be used."""
        return tuple(self._themes.themes)

    def _start_with_theme(self, name: str) -> None:
        """Take a theme before anything is drawn; assigning it would parse all styles twice."""
        self.set_reactive(App.theme, name)
        self.set_class(self.current_theme.dark, "-dark-mode", update=False)
        self._refresh_truecolor_filter(self.ansi_theme)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_theme(self, theme_name: str) -> Theme | None:
        """A theme by its name; each line that is painted asks for it.

        Textual looks for several names, in a copy of all themes that it makes for each of them.
        """
        return self._registered_themes.get(theme_name) or super().get_theme(theme_name)

    def title_of(self, theme: str) -> str:
        """What people call a theme."""
        known = self.available_themes.get(theme)
        return (known.title or theme) if isinstance(known, ConsoleTheme) else theme

    def next_theme(self) -> str:
        """Show the next theme; gives its title."""
        names = self.theme_names
        place = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(place + 1) % len(names)]
        return self.title_of(self.theme)

    def theme_commands(self) -> Iterator[tuple[str, str, str]]:
        """For the palette, of each theme: the command's name, what it does, and its action."""
        for theme in self.theme_names:
            told = "the colour theme that you see" if theme == self.theme else f"show {theme}"
            yield f"theme {self.title_of(theme)}", told, f"app.theme({theme!r})"

    def action_theme(self, name: str) -> None:
        """The colour theme ``name``."""
        if name in self.theme_names:
            self.theme = name
