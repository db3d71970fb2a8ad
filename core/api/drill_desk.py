"""What a console asks of drills beyond its frames: before one begins, of one, its report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from core.api.backup_detail import read_log
from core.api.launch import Launch
from core.clock import Clock
from core.engine.store_thread import StoreThread
from core.errors import RestoreError
from core.model.drill import Drill, DrillKind
from core.model.drill_detail import DrillDetail, DrillPlan
from core.model.job import JobKind, JobOrder

if TYPE_CHECKING:
    from core.store.store import Store

_FOLDER = "reports"
_SUFFIXES = (".html", ".md")


class DrillDesk:
    """Drills of a console's servers; ``who`` is written into what it does.

    A drill is started as every other job: by what its plan orders.
    """

    def __init__(self, launch: Launch, store: StoreThread, clock: Clock, who: str) -> None:
        self._launch = launch
        self._store = store
        self._clock = clock
        self._who = who

    async def plan(self, server_id: str, kind: DrillKind) -> DrillPlan:
        """What a drill of this kind would do if it were started now.

        Raises:
            StoreError: the store can't be read.
        """
        settings, now = self._launch.settings, self._clock.now()
        order = JobOrder(JobKind.DRILL, server_id, self._who)

        def plan(store: Store) -> DrillPlan:
            from core.api.drill_plan import plan_drill

            return plan_drill(store, settings, order, kind, now)

        return await self._store.aside(plan)

    async def detail(self, drill_id: str) -> DrillDetail | None:
        """One drill with its job, and whether its record is as it was sealed; ``None``: no such.

        Raises:
            StoreError: the store can't be read.
        """

        def read(store: Store) -> DrillDetail | None:
            from core.restore.drill.seal import broken_seal

            drill = store.drills.get(drill_id)
            if drill is None:
                return None
            broken = broken_seal(drill, store) if drill.status.is_over else None
            written = tuple(str(each) for each in self._reports(drill) if each.is_file())
            return DrillDetail(drill, read_log(store, drill_id), broken, written)

        return await self._store.aside(read)

    async def write_report(self, drill: Drill) -> tuple[Path, ...]:
        """Write a drill's report as HTML and as Markdown, anew where it was; gives the files.

        Raises:
            RestoreError: they can't be written.
            StoreError: the store can't be used.
        """
        files = self._reports(drill)

        def write(store: Store) -> tuple[Path, ...]:
            from core.restore.drill.report import as_html, as_markdown, report_of
            from core.restore.drill.seal import broken_seal

            report = report_of(drill, broken_seal(drill, store))
            for file, text in zip(files, (as_html(report), as_markdown(report)), strict=True):
                _write(file, text)
            told = {"drill": drill.drill_id, "files": ", ".join(str(each) for each in files)}
            store.audit.append(self._who, "write drill report", drill.server_id, told)
            return files

        return await self._store.aside(write)

    def _reports(self, drill: Drill) -> tuple[Path, ...]:
        folder = self._launch.state_folder / _FOLDER
        return tuple(folder / f"drill-{drill.drill_id}{suffix}" for suffix in _SUFFIXES)


def _write(file: Path, text: str) -> None:
    """A file that only its owner can read."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise RestoreError(
            f"The report can't be written to {file}",
            why=error.strerror or str(error),
            remedy="mend that, or write it elsewhere: pgvigil drill report --out FILE",
        ) from error
