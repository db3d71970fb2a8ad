"""A session that plays hand-made frames, for screens that are looked at without a store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from core.api.launch import Launch
from core.config.settings import ConsoleSettings, ServerSettings, Settings
from core.errors import PgvigilError
from core.model.databases import DatabasePoint
from core.model.health import Assessment, Health
from core.model.process import Command, Request, RequestState
from core.model.series import Metric, Point, Series
from core.model.server import ServerEntry
from core.model.snapshot import Frame
from core.model.statements import StatementKey, StatementPoint
from core.model.unknown import Unknown
from tests.tui import frames
from tui.following import OpenSession


class Playback:
    """Speaks as ``ConsoleSession`` does; ``recorded`` are the frames that rewind finds.

    ``others`` are the newest frames of further servers, ``others_before`` those of any past moment.
    """

    def __init__(self, live: Frame, recorded: tuple[Frame, ...] = ()) -> None:
        self.live = live
        self.recorded = recorded
        self.others: dict[str, Frame] = {}
        self.others_before: dict[str, Frame] = {}
        self.trouble: PgvigilError | None = None
        self.asked: list[tuple[Command, dict[str, str]]] = []
        self.closed = False

    def servers(self) -> tuple[ServerEntry, ...]:
        return (frames.ENTRY,)

    def look_at(self, server_id: str) -> None:
        pass

    async def latest(self, server_id: str) -> Frame:
        return self.others.get(server_id, self.live)

    async def changes(self, server_id: str) -> AsyncIterator[Frame]:
        yield await self.latest(server_id)
        await asyncio.Event().wait()

    async def healths(self) -> AsyncIterator[dict[str, Health]]:
        yield {name: health_of(frame) for name, frame in self.others.items()}
        await asyncio.Event().wait()

    async def healths_at(self, moment: datetime) -> dict[str, Health]:
        return {name: health_of(frame) for name, frame in self.others_before.items()}

    async def frame_at(self, server_id: str, moment: datetime) -> Frame:
        if server_id in self.others_before:
            return self.others_before[server_id]
        return next(f for f in self.recorded if f.moment == moment)

    async def step(self, server_id: str, moment: datetime | None, count: int) -> datetime | None:
        moments = [frame.moment for frame in self.recorded]
        place = len(moments) if moment is None else moments.index(moment)
        wanted = place + count
        return moments[wanted] if 0 <= wanted < len(moments) else None

    async def span(self, server_id: str) -> tuple[datetime, datetime] | None:
        return (self.recorded[0].moment, self.recorded[-1].moment) if self.recorded else None

    async def series(
        self,
        server_id: str,
        metrics: Iterable[Metric],
        start: datetime,
        end: datetime,
        buckets: int,
    ) -> dict[Metric, Series]:
        width = (end - start) / buckets

        def wave(metric: Metric) -> Series:
            base = 14 + 9 * (list(Metric).index(metric) % 5)
            points = tuple(
                Point(start + n * width, base, base + n % 17, base + n % 23) for n in range(buckets)
            )
            return Series(metric, start, end, width / timedelta(seconds=1), points)

        return {metric: wave(metric) for metric in metrics}

    async def statement_text(self, server_id: str, key: StatementKey) -> str | Unknown:
        top = self.live.statements.body.top  # type: ignore[union-attr]
        return next((each.text for each in top if each.key == key), Unknown("not known"))

    async def statement_history(
        self, server_id: str, key: StatementKey, start: datetime, end: datetime, buckets: int
    ) -> tuple[StatementPoint, ...]:
        width = (end - start) / buckets
        return tuple(
            StatementPoint(start + n * width, 10 + n % 7, 100.0 + n, 10.0 + n % 9, 30)
            for n in range(buckets)
        )

    async def database_history(
        self, server_id: str, database_id: int, start: datetime, end: datetime
    ) -> tuple[DatabasePoint, ...]:
        width = (end - start) / 30
        return tuple(
            DatabasePoint(start + n * width, 12 + n % 3, 200.0 + 9 * (n % 7), 2.0 + n % 3,
                          0.99 - n / 1000, 0.0, 48_000_000_000 + n * 10_000_000)
            for n in range(30)
        )  # fmt: skip

    async def ask(
        self, server_id: str, command: Command, arguments: dict[str, str] | None = None
    ) -> Request:
        self.asked.append((command, arguments or {}))
        return Request("1", server_id, command, arguments or {}, "test", frames.NOW,
                       RequestState.DONE, "done")  # fmt: skip

    async def close(self) -> None:
        self.closed = True


def health_of(frame: Frame) -> Health:
    """What the frame's assessment says."""
    taken = frame.assessment
    known = taken is not None and isinstance(taken.body, Assessment)
    return taken.body.health if known else Health.UNKNOWN  # type: ignore[union-attr]


def opens(session: Playback, *failures: PgvigilError) -> OpenSession:
    """What opens ``session``, after failing once with each of ``failures``."""
    left = list(failures)

    async def opened(_: Launch) -> Playback:
        if left:
            raise left.pop(0)
        return session

    return cast("OpenSession", opened)


def launch(state_folder: Path, theme: str = "pgvigil-dark", others: Iterable[str] = ()) -> Launch:
    """A launch for the one server of the frames, and for further ones."""
    entries = [frames.ENTRY, *(ServerEntry(name, name, f"postgresql://{name}") for name in others)]
    settings = Settings(
        servers={entry.server_id: ServerSettings(host="db1.example") for entry in entries},
        console=ConsoleSettings(theme=theme),
    )
    return Launch(tuple(entries), settings, state_folder)
