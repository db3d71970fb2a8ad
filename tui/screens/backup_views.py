"""The views of the backups area, and the way from one to the next."""

from __future__ import annotations

from tui.actions import BACKUP_VIEWS
from tui.screens.area import AreaScreen


def to_next_view(screen: AreaScreen) -> None:
    """Show the view behind this one in its place."""
    from tui.screens.areas import screen_of

    after = (BACKUP_VIEWS.index(screen.PLACE) + 1) % len(BACKUP_VIEWS)
    screen.app.switch_screen(screen_of(BACKUP_VIEWS[after], screen.following))
