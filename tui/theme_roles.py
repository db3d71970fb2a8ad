"""A theme of the console: a Textual theme that also says how each ``Role`` looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.style import Style
from textual.theme import Theme

from tui.lines import Role

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
REQUIRED_ROLES = frozenset(Role) - frozenset(_FALLBACK)
"""What every theme has to say."""


@dataclass
class ConsoleTheme(Theme):
    """A Textual theme that also says how each role looks."""

    title: str = ""
    roles: Mapping[Role, Style] = field(default_factory=dict)


def with_every_role(styles: dict[Role, Style]) -> dict[Role, Style]:
    """``styles`` with every role: a missing one looks as the one does that stands in for it."""
    filled: dict[Role, Style] = {}
    for role in Role:
        source = role
        while source not in styles and source in _FALLBACK:
            source = _FALLBACK[source]
        filled[role] = styles.get(source, Style.null())
    return filled


def styles_of(theme: Theme) -> Mapping[Role, Style]:
    """How each role looks in ``theme``; for one of Textual's own themes a plain mapping."""
    if isinstance(theme, ConsoleTheme):
        return theme.roles
    return with_every_role(
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
