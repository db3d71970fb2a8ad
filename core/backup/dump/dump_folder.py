"""A dump's folder as it fills: which files grow, which are finished, how many bytes came."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Protocol

from core.backup.dump.complete import SUFFIXES
from core.backup.dump.dump_file import DumpFile
from core.backup.progress import JobReporter

TABLE_OF_CONTENTS = "toc.dat"

LOOK_SECONDS = 0.25
_GROWN_BYTES = 8 << 20
"""From this size on a file is worth being read before it is finished."""


class FileTaker(Protocol):
    """Who takes the files of a dump."""

    def take(self, file: DumpFile, size: int) -> None:
        """A finished file, once; it may be taken away."""

    def take_growing(self, file: DumpFile) -> bool:
        """Whether a large file is taken that is not finished; it is not given to ``take`` then."""


class DumpFolder:
    """Watches the folder that pg_dump writes to, and hands its files over."""

    def __init__(self, path: Path, taker: FileTaker, reporter: JobReporter) -> None:
        self._path = path
        self._taker = taker
        self._reporter = reporter
        self._suffixes = ["", *SUFFIXES]
        self._sizes: dict[str, int] = {}
        self._finished: set[str] = set()
        self._growing: dict[str, DumpFile] = {}
        self._measured_at = 0.0
        self._reported = 0

    @property
    def bytes(self) -> int:
        """All that was written, also what was taken away again."""
        return sum(self._sizes.values())

    def measure_now_and_then(self) -> None:
        """Measure, but not more often than anybody looks: a dump may have 100,000 files."""
        if time.monotonic() - self._measured_at >= LOOK_SECONDS:
            self.measure()
            self._measured_at = time.monotonic()

    def measure(self) -> None:
        """Report what was written since the last time, and hand over what has grown large."""
        with os.scandir(self._path) as there:
            for each in there:
                if each.name not in self._finished:
                    self._sizes[each.name] = size = each.stat().st_size
                    if size >= _GROWN_BYTES:
                        self._hand_over_growing(self._path / each.name)
        now = self.bytes
        if now > self._reported:
            self._reporter.advance(now - self._reported)
            self._reported = now

    def finish(self, dump_id: int) -> None:
        """The file of one entry is finished."""
        for suffix in self._suffixes:
            path = self._path / f"{dump_id}.dat{suffix}"
            if path.exists():
                self._hand_over(path)
                # The next one is most likely compressed alike.
                self._suffixes.sort(key=lambda each: each != suffix)
                return

    def finish_all(self) -> None:
        """All files are, ``toc.dat`` last."""
        self.measure()
        left = [path for path in self._path.iterdir() if path.name not in self._finished]
        for path in sorted(left, key=lambda path: path.name == TABLE_OF_CONTENTS):
            self._hand_over(path)

    def _hand_over_growing(self, path: Path) -> None:
        """The rows of a table: of what else is in the folder nobody says how it is written."""
        is_rows = path.name.partition(".")[0].isdecimal()
        if is_rows and path.name not in self._growing:
            file = DumpFile(path)
            if self._taker.take_growing(file):
                self._growing[path.name] = file

    def _hand_over(self, path: Path) -> None:
        if path.name in self._finished:
            return
        self._sizes[path.name] = size = path.stat().st_size
        self._finished.add(path.name)
        if growing := self._growing.pop(path.name, None):
            growing.finish(size)
        else:
            self._taker.take(DumpFile.finished(path, size), size)
