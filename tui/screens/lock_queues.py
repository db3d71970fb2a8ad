"""The lock queues as trees, with a cursor on one session."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from textual import events
from textual.message import Message

from core.api.locks import LockNode, lock_queues
from core.model.connections import Backend
from tui.lines import EMPTY, Line, Role
from tui.panes.locks import Drawn, drawn_lines, lock_tree
from tui.panes.parts import heading
from tui.panes.view import Missing, View, shown
from tui.screens.pane_view import ScrollingPane

HEADING = 1


class LockQueues(ScrollingPane, inherit_bindings=False):
    """Who waits for whom; the cursor stays on its session for as long as that is in a queue.

    It begins at the root of the longest queue. Where its session has gone, it stays at its place.
    The keys that move it are the screen's.
    """

    class CursorMoved(Message):
        """The cursor is on another session than before."""

    def __init__(self, view: View) -> None:
        super().__init__(self._tree, view, id="locks")
        self._queued: list[LockNode] = []
        self._cursor = 0
        self._cursor_shown = False

    # What the cursor is on

    @property
    def pid(self) -> int | None:
        """The pid under the cursor; none where there is no queue."""
        return self._queued[self._cursor].pid if self._queued else None

    @property
    def backend(self) -> Backend | None:
        """The session under the cursor, where it is a listed one."""
        return self._queued[self._cursor].backend if self._queued else None

    @property
    def why_no_session(self) -> str:
        """Why there is nothing to open or to act on under the cursor."""
        if self.pid == 0:
            return "A prepared transaction is no session: ROLLBACK PREPARED ends it."
        return f"pid {self.pid} is not a listed session."

    @property
    def cursor_lines(self) -> list[Line]:
        """The lines of what the cursor is on."""
        drawn = self._drawn(self._view, self.room.width)
        return drawn[self._cursor].lines if drawn else []

    # The cursor

    def show_cursor(self, *, to_be_seen: bool) -> None:
        """Whether keys act here, so that the cursor is to be seen."""
        self._cursor_shown = to_be_seen

    def move(self, sessions: int) -> None:
        """Move the cursor down by some sessions."""
        self._move_to(self._cursor + sessions)

    def page(self, pages: int) -> None:
        """Move the cursor down by heights of the pane, by one session at least."""
        starts = self._starts()
        wanted = starts[self._cursor] + pages * max(1, self.room.height - 1)
        found = bisect_right(starts, wanted, hi=len(starts) - 1) - 1
        self._move_to(max(found, self._cursor + 1) if pages > 0 else min(found, self._cursor - 1))

    def edge(self, edge: int) -> None:
        """Move the cursor to the first or to the last session."""
        self._move_to(0 if edge < 0 else len(self._queued) - 1)

    def _move_to(self, index: int) -> None:
        self._cursor = max(0, min(index, len(self._queued) - 1))
        super().show(self._view)
        self._scroll_to_cursor()
        self.post_message(self.CursorMoved())

    def _scroll_to_cursor(self) -> None:
        starts, top, height = self._starts(), round(self.scroll_y), self.room.height
        if not self._queued:
            return
        start, end = starts[self._cursor], starts[self._cursor + 1]
        first = 0 if self._cursor == 0 else start
        if first < top:
            self.scroll_to(y=first, animate=False)
        elif end > top + height:
            self.scroll_to(y=min(start, end - height), animate=False)

    def _starts(self) -> list[int]:
        """The line at which each session begins, and the one after the last session."""
        drawn = self._drawn(self._view, self.room.width)
        return list(accumulate((len(each.lines) for each in drawn), initial=HEADING))

    async def on_click(self, event: events.Click) -> None:
        """A session takes the cursor, the cursor's session opens."""
        place = event.get_content_offset(self)
        if place is None or not self._queued:
            return
        line = place.y + round(self.scroll_y)
        index = bisect_right(self._starts(), line) - 1
        if not 0 <= index < len(self._queued):
            return
        if index == self._cursor and self._cursor_shown:
            await self.run_action("screen.detail")
        else:
            self._move_to(index)

    # Drawing

    def show(self, view: View) -> None:
        """Draw what changed with this view; the cursor follows its session."""
        pid, body = self.pid, shown(view, view.frame.connections)
        queues = () if isinstance(body, Missing) else lock_queues(body.backends)
        self._queued = [node for queue in queues for _, node in queue.walk()]
        places = (index for index, node in enumerate(self._queued) if node.pid == pid)
        self._cursor = next(places, max(0, min(self._cursor, len(self._queued) - 1)))
        super().show(view)

    def on_focus(self) -> None:
        """Show the cursor as one that keys move."""
        super().show(self._view)

    def on_blur(self) -> None:
        """Show the cursor as one that keys don't move, or none."""
        super().show(self._view)

    def _drawn(self, view: View, width: int) -> list[Drawn]:
        body = shown(view, view.frame.connections)
        return [] if isinstance(body, Missing) else lock_tree(body, view.thresholds, width)

    def _tree(self, view: View, width: int, _: int) -> list[Line]:
        head = heading("Lock queues", width)
        body = shown(view, view.frame.connections)
        if isinstance(body, Missing):
            return [head, EMPTY]
        cursor = self.pid if self._cursor_shown else None
        role = Role.SELECTED if self.has_focus else Role.CURSOR
        return [head, *drawn_lines(self._drawn(view, width), width, cursor, role), EMPTY]
