"""The overview's panes, each imported once there is something to show in it.

The first paint shows no figures. What figures are made of takes a fifth of the program's start to
import, so the panes that show them wait for the first frame.
"""

from __future__ import annotations

from tui.lines import Line
from tui.panes.parts import fitted, heading, missing_lines, not_read
from tui.panes.view import Missing, View, shown


def connections_pane(view: View, width: int, height: int) -> list[Line]:
    """How full the server is: see :mod:`tui.panes.connections`."""
    if (taken := view.frame.connections) is None:
        return _missing("Connections", "2", shown(view, taken), width, height)
    from tui.panes.connections import connections_lines

    return connections_lines(view, width, height)


def queries_pane(view: View, width: int, height: int) -> list[Line]:
    """The costliest statements: see :mod:`tui.panes.queries`."""
    if (taken := view.frame.statements) is None:
        return _missing("Slow queries", "3", shown(view, taken).in_brief, width, height)
    from tui.panes.queries import queries_lines

    return queries_lines(view, width, height)


def databases_pane(view: View, width: int, height: int) -> list[Line]:
    """A line a database: see :mod:`tui.panes.databases`."""
    if (taken := view.frame.databases) is None:
        return _missing("Databases", "4", shown(view, taken).in_brief, width, height)
    from tui.panes.databases import databases_lines

    return databases_lines(view, width, height)


def backups_pane(view: View, width: int, height: int) -> list[Line]:
    """The last good backup and what is next: see :mod:`tui.panes.backups`."""
    if view.frame.backups is None:
        return fitted([heading("Backups", width, key="5"), not_read(view)], width, height)
    from tui.panes.backups import backups_lines

    return backups_lines(view, width, height)


def security_pane(view: View, width: int, height: int) -> list[Line]:
    """Who does what from where: see :mod:`tui.panes.security`."""
    if view.frame.security is None:
        return fitted([heading("Security", width, key="6"), not_read(view)], width, height)
    from tui.panes.security import security_lines

    return security_lines(view, width, height)


def _missing(title: str, key: str, missing: Missing, width: int, height: int) -> list[Line]:
    head = heading(title, width, key=key)
    return fitted([head, *missing_lines(missing, width)], width, height)
