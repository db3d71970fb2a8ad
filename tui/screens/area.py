"""What every area has in common: the status lines above, the keys below, a body between."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.messages import Prune
from textual.widget import Widget

from tui.actions import Place, Scene, Subject, is_had_at
from tui.following import Following
from tui.glyphs import glyphs_for
from tui.lines import Line, Mask, masked_lines, plain_text
from tui.panes.keys import footer_action, footer_line
from tui.panes.moment import moment_lines
from tui.panes.status import status_lines
from tui.panes.tiny import is_tiny, tiny_lines
from tui.panes.view import Mode, View
from tui.screens.history import HistoryChart
from tui.screens.pane_view import PaneView, ScrollingPane
from tui.widgets.terminal_sized import TerminalSized

WIDE, TALL, LOW, SHORT = 150, 34, 30, 18


class AreaScreen(TerminalSized[None]):
    """A screen that shows views; a subclass says what stands in its body."""

    PLACE: ClassVar[Place] = Place.OVERVIEW
    AUTO_FOCUS = "ScrollingPane"

    def __init__(self, following: Following) -> None:
        super().__init__()
        self.following = following
        self.view = following.view
        self._shown: tuple[Callable[[View], None], ...] = ()

    @property
    def place(self) -> Place:
        """Where a person is here, by which footer, help and palette name the keys."""
        return self.PLACE

    @property
    def keys_go_to(self) -> Place:
        """Where a key that is pressed now would act, by which the footer names the keys."""
        return self.place

    def subjects(self, _view: View) -> frozenset[Subject]:
        """What there is that an action can be about."""
        return frozenset(Subject)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's signature
        """Only what the footer and the help of this place may name is done."""
        return is_had_at(self.place, action) or is_had_at(self.keys_go_to, action)

    def compose(self) -> ComposeResult:
        """Status, body, footer; and what a terminal shows that is too small for them."""
        view = self.view
        # While the screen is empty, no styles of what it holds have to be found anew.
        self._choose_layout(*self.app.size)
        signs = glyphs_for(os.environ)
        yield PaneView(lambda view, width, _: moment_lines(view, width, signs), view, id="moment")
        yield PaneView(lambda view, width, _: status_lines(view, width), view, id="status")
        yield from self.body(view)
        yield PaneView(self._footer, view, id="footer")
        yield PaneView(self.tiny, view, id="tiny")

    def tiny(self, view: View, width: int, height: int) -> list[Line]:
        """What stands in the place of all of it where the terminal is too small for that."""
        return tiny_lines(view, width, height)

    def body(self, view: View) -> Iterable[Widget]:
        """The widgets between the status lines and the footer."""
        raise NotImplementedError

    @property
    def is_left(self) -> bool:
        """Whether its widgets are gone, or never came: it was left before it stood there."""
        return not self.query("#footer")

    def show(self, view: View) -> None:
        """Take a new view; only what differs is drawn and sent."""
        self.view = view
        self.set_class(view.mode is Mode.REWOUND, "-rewound")
        self._choose_layout(*self.size)
        for show in self._shown:
            show(view)

    def _footer(self, view: View, width: int, _: int) -> list[Line]:
        return [footer_line(self.keys_go_to, width, self._scene(view), glyphs_for(os.environ))]

    def _scene(self, view: View) -> Scene:
        return Scene(view.mode, self.subjects(view), demo=self.following.is_demo)

    def show_keys(self) -> None:
        """Draw the footer anew where only what the cursor is on has changed."""
        self.query_one("#footer", PaneView).show(self.view)

    def on_click(self, event: events.Click) -> None:
        """A click on the footer is the key that it names there."""
        clicked = event.widget
        if clicked is None or clicked.id != "footer":
            return
        scene, glyphs = self._scene(self.view), glyphs_for(os.environ)
        action = footer_action(self.keys_go_to, clicked.size.width, event.x, scene, glyphs)
        if action is not None:
            self.app.call_later(self.app.run_action, action.name)

    def on_mount(self) -> None:
        """Start with what is known."""
        self._shown = (
            *(pane.show for pane in self.query(ScrollingPane)),
            *(pane.show for pane in self.query(PaneView)),
            *(chart.show_view for chart in self.query(HistoryChart)),
        )
        self.show(self.following.view)

    def on_screen_resume(self) -> None:
        """Show what has changed while another screen was in front."""
        self.show(self.following.view)

    @on(Prune)
    def left(self) -> None:
        """End what still reads for this screen: Textual does so once its widgets are gone."""
        self.workers.cancel_node(self)

    def on_resize(self) -> None:
        """Choose the layout for the terminal's size."""
        self._choose_layout(*self.app.size)

    @property
    def is_low(self) -> bool:
        """Whether there are too few rows for lines that are there for air only."""
        return self.size.height < LOW

    def _choose_layout(self, width: int, height: int) -> None:
        self.set_class(is_tiny(width, height), "-tiny")
        self.set_class(width >= WIDE, "-wide")
        self.set_class(height >= TALL, "-tall")
        self.set_class(height < LOW, "-low")
        self.set_class(height < SHORT, "-short")

    # What keys do where a screen has no table; tables have their own.

    def _scrolled(self) -> ScrollingPane | None:
        return next(iter(self.query(ScrollingPane)), None)

    def action_move(self, lines: int) -> None:
        """Scroll by some lines."""
        if (pane := self._scrolled()) is not None:
            pane.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by some pages."""
        if (pane := self._scrolled()) is not None:
            pane.scroll_relative(y=pages * max(1, pane.room.height - 1), animate=False)

    def action_edge(self, edge: int) -> None:
        """Scroll to the first or to the last line."""
        if (pane := self._scrolled()) is not None:
            pane.scroll_to(y=0 if edge < 0 else pane.virtual_size.height, animate=False)

    # What leaves the console: the clipboard and the ticket.

    def copied(self) -> str:
        """What ``y`` copies: here the whole screen as text."""
        return "\n".join(text for _, text in self.sections(self.view, str))

    def statements(self) -> list[str]:
        """The SQL texts that the screen is about, for evidence."""
        return []

    def sections(self, view: View, mask: Mask) -> list[tuple[str, str]]:
        """Everything that the screen says of a view, by title, for evidence.

        The statements in ``view`` are masked already; those that the screen itself holds it masks.
        ``mask`` is for all else: a line of a pane, where each is of something else, or all of a
        detail.
        """
        panes = [
            (pane.id or "", masked_lines(pane.written(view, self.EVIDENCE_WIDTH), mask))
            for pane in self.query(PaneView)
            if pane.id not in {"status", "moment", "footer", "tiny"}
        ]
        details = [
            (pane.id or "", mask(plain_text(pane.written(view, self.EVIDENCE_WIDTH))))
            for pane in self.query(ScrollingPane)
        ]
        return panes + details

    EVIDENCE_WIDTH: ClassVar[int] = 110
