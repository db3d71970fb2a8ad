"""Security: what the store holds of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import Place, actions_at, bindings_of
from tui.panes.security import security_lines
from tui.panes.view import View
from tui.screens.area import AreaScreen
from tui.screens.pane_view import ScrollingPane


class SecurityScreen(AreaScreen):
    """Everything that the store holds of security."""

    PLACE = Place.SECURITY
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.SECURITY))]

    def body(self, view: View) -> Iterable[Widget]:
        """The pane, as long as it is."""
        yield ScrollingPane(security_lines, view, id="security")
