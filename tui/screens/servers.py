"""The server switcher: all servers with their health."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.binding import BindingType

from core.errors import PgvigilError
from core.model.snapshot import Frame
from tui.actions import Place, actions_at, bindings_of
from tui.following import Following
from tui.panes.servers import SERVER_COLUMNS, server_rows
from tui.panes.view import Missing, View
from tui.screens.table_area import TableArea
from tui.widgets.rows import Key, Row

REFRESH_SECONDS = 5.0


class ServersScreen(TableArea):
    """All servers, the worst first; Enter looks at one."""

    PLACE = Place.SERVERS
    NAME = "Servers"
    EMPTY = "No server is configured."
    COLUMNS = SERVER_COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(actions_at(Place.SERVERS))]

    def __init__(self, following: Following) -> None:
        super().__init__(following)
        self._frames: dict[str, Frame] = {}

    def rows(self, view: View) -> Sequence[Row] | Missing:
        """A row a server."""
        return server_rows(view, self.following.servers, self._frames)

    def on_mount(self) -> None:
        """Read all servers now, and again as long as the screen is there."""
        self._read()

    @work
    async def _read(self) -> None:
        session = await self.following.opened()
        while True:
            for entry in self.following.servers:
                try:
                    self._frames[entry.server_id] = await session.latest(entry.server_id)
                except PgvigilError:
                    continue  # the status lines say what is wrong with the store
            self.show(self.following.view)
            await asyncio.sleep(REFRESH_SECONDS)

    def open_detail(self, key: Key) -> None:
        """Look at the server."""
        self.run_worker(self.app.run_action(f"app.look_at({key!r})"))
