"""A session that plays hand-made frames, for screens that are looked at without a store.

For pictures, in which nothing may be under way in another thread, and for bad days that no store
holds. What a console does with a real store is tested on one: see ``recording``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from core.api.launch import Launch
from core.config.settings import ConsoleSettings, ServerSettings, Settings
from core.errors import PgvigilError
from core.model.backup import BackupKind
from core.model.backup_detail import BackupDetail, BackupPlan
from core.model.backup_history import HistoryPage, HistoryRow
from core.model.databases import DatabasePoint
from core.model.health import Assessment, Finding, Health
from core.model.job import JobLog, JobOrder
from core.model.process import Command, Request, RequestState
from core.model.series import Metric, Point, Series
from core.model.server import ServerEntry
from core.model.snapshot import Frame
from core.model.statements import StatementKey, StatementPoint
from core.model.unknown import Unknown
from tests.tui import backup_frames, drill_frames, frames, guided_frames, past, restore_frames
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
        self.notices: tuple[Finding, ...] = ()
        self.asked: list[tuple[Command, dict[str, str]]] = []
        self.asked_of: list[str] = []
        self.closed = False
        self.backups = Desk(live)
        self.restores = restore_frames.Restores(live)
        self.guided = guided_frames.Guided()
        self.drills = drill_frames.Drills(live)

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
        await asyncio.sleep(0)  # A store answers from a thread of its own, so never at once.
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
        wanted, width = set(metrics), (end - start) / buckets
        values: dict[Metric, dict[int, list[float]]] = {metric: {} for metric in wanted}
        recorded = (
            *past.samples(self.live, start, end, wanted),
            *past.backup_samples(self.live, start, end),
        )
        for sample in recorded:
            if sample.metric in wanted:
                bucket = int((sample.at - start) / width)
                values[sample.metric].setdefault(bucket, []).append(sample.value)
        return {
            metric: Series(
                metric,
                start,
                end,
                width / timedelta(seconds=1),
                tuple(_point(start + n * width, found) for n, found in sorted(each.items())),
            )
            for metric, each in values.items()
        }

    async def statement_text(self, server_id: str, key: StatementKey) -> str | Unknown:
        top = self.live.statements.body.top  # type: ignore[union-attr]
        return next((each.text for each in top if each.key == key), Unknown("not known"))

    async def statement_history(
        self, server_id: str, key: StatementKey, start: datetime, end: datetime, buckets: int
    ) -> tuple[StatementPoint, ...]:
        return tuple(
            StatementPoint(each.minute, each.calls, each.total_ms, each.total_ms / each.calls,
                           each.rows)
            for each in past.statement_minutes(self.live, key)
            if start <= each.minute < end
        )  # fmt: skip

    async def statement_last_run(
        self, server_id: str, key: StatementKey, start: datetime, end: datetime
    ) -> Frame | StatementPoint | None:
        points = await self.statement_history(server_id, key, start, end, 60)
        return points[-1] if points else None

    async def database_history(
        self, server_id: str, database_id: int, start: datetime, end: datetime
    ) -> tuple[DatabasePoint, ...]:
        return tuple(past.database_points(self.live, database_id, start, min(end, frames.NOW)))

    async def ask(
        self, server_id: str, command: Command, arguments: dict[str, str] | None = None
    ) -> Request:
        self.asked.append((command, arguments or {}))
        self.asked_of.append(server_id)
        return Request("1", server_id, command, arguments or {}, "test", frames.NOW,
                       RequestState.DONE, "done")  # fmt: skip

    async def close(self) -> None:
        self.closed = True


class Desk:
    """Speaks as ``BackupDesk`` does, of the backups of a frame; keeps what it was asked to do."""

    def __init__(self, live: Frame) -> None:
        self._live = live
        self.done: list[tuple[str, ...]] = []

    async def history(
        self, server_id: str, last: HistoryRow, count: int, until: datetime
    ) -> HistoryPage:
        return HistoryPage((), older=False)

    async def detail(self, backup_id: str) -> BackupDetail | None:
        overview = self._live.backups
        rows = overview.history.rows if overview is not None else ()
        found = (row.entry for row in rows if row.row_id == backup_id and row.entry is not None)
        entry = next(found, None)
        return None if entry is None else backup_frames.detail(entry)

    async def job_log(self, job_id: str) -> JobLog | None:
        return replace(backup_frames.LOG, job=replace(backup_frames.JOB, job_id=job_id))

    async def plan(self, server_id: str, kind: BackupKind) -> BackupPlan:
        return backup_frames.plan(kind)

    async def plan_of(self, server_id: str, schedule: str) -> BackupPlan | None:
        return backup_frames.plan()

    async def start(self, order: JobOrder) -> str:
        self.done.append(("start", order.kind.value, order.arguments["kind"]))
        return backup_frames.JOB.job_id

    async def cancel(self, job_id: str) -> str:
        self.done.append(("cancel", job_id))
        return "stopping"


class Stream(Playback):
    """A session whose frames a test sends one by one."""

    def __init__(self, first: Frame) -> None:
        super().__init__(first)
        self.queue: asyncio.Queue[Frame] = asyncio.Queue()

    async def changes(self, server_id: str) -> AsyncIterator[Frame]:
        yield self.live
        while True:
            yield await self.queue.get()


def _point(at: datetime, values: list[float]) -> Point:
    return Point(at, min(values), sum(values) / len(values), max(values))


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
