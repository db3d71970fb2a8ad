"""The server switcher: all servers with their health."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import BindingType

from core.errors import PgvigilError
from core.model.snapshot import Frame
from tui.actions import Place, actions_at, bindings_of
from tui.following import Following
from tui.panes.servers import SERVER_COLUMNS, server_rows
from tui.panes.view import Missing, Mode, View
from tui.screens.table_area import TableArea
from tui.widgets.rows import Key, Row

if TYPE_CHECKING:
    from core.api.console import ConsoleSession

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
        self._moment: datetime | None = None
        """The moment that the frames are of; ``None`` is live."""

    def rows(self, view: View) -> Sequence[Row] | Missing:
        """A row a server, at the moment that is looked at; unknown where nothing new comes in."""
        frames = {**self._frames, view.entry.server_id: view.frame}
        known = {name: frame for name, frame in frames.items() if not view.is_outdated(frame)}
        return server_rows(view, self.following.servers, known)

    def show(self, view: View) -> None:
        """Take a new view; for another moment the servers are read anew."""
        moment = None if view.mode is Mode.LIVE else view.frame.moment
        if moment != self._moment:
            self._moment = moment
            self._read(moment)
        super().show(view)

    def on_mount(self) -> None:
        """Read all servers."""
        self._read(self._moment)

    @work(group="read", exclusive=True)
    async def _read(self, moment: datetime | None) -> None:
        """Read the servers as they were at ``moment``; live again and again."""
        session = await self.following.opened()
        while True:
            self._frames = await self._frames_at(session, moment)
            self.show(self.following.view)
            if moment is not None:
                return
            await asyncio.sleep(REFRESH_SECONDS)

    async def _frames_at(
        self, session: ConsoleSession, moment: datetime | None
    ) -> dict[str, Frame]:
        """A frame of each other server that can be read; the status lines say why one can't."""
        frames = {}
        for entry in self.following.servers:
            if entry == self.following.entry:
                continue
            with suppress(PgvigilError):
                frames[entry.server_id] = (
                    await session.latest(entry.server_id)
                    if moment is None
                    else await session.frame_at(entry.server_id, moment)
                )
        return frames

    def open_detail(self, key: Key) -> None:
        """Look at the server; that goes on when this screen has been left."""
        self.app.run_worker(self.app.run_action(f"app.look_at({key!r})"), group="look at")
