"""A dump into a folder, in directory format, by several workers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.backup.dump.arguments import (
    LONGEST_EXCLUSIONS,
    DumpOrder,
    common_arguments,
    exclusion_arguments,
    exclusion_file,
)
from core.backup.dump.complete import SUFFIXES
from core.backup.dump.program import running
from core.backup.progress import JobReporter
from core.errors import BackupError
from core.model.backup import TableName
from core.postgres.client_programs import ClientPrograms

TABLE_OF_CONTENTS = "toc.dat"

_LOOK_SECONDS = 0.25
# Said by pg_dump's leader when one of its workers has closed the file of an entry.
_FINISHED = re.compile(r"finished item (\d+) ")


@dataclass(frozen=True, slots=True)
class DumpOutcome:
    """What came of a dump: by which pg_dump, how compressed, how many bytes, and what it said."""

    program_version: int
    compression: str
    plain_bytes: int
    messages: tuple[str, ...]


def dump_directory(
    order: DumpOrder,
    staging: Path,
    *,
    workers: int,
    exclude_data: Sequence[TableName] = (),
    on_file_finished: Callable[[Path], None],
    reporter: JobReporter,
) -> DumpOutcome:
    """Dump what is ordered into ``staging``, an empty folder, by ``workers`` connections at once.

    ``on_file_finished`` gets each file once, when nothing will be written to it any more, and may
    take it away; others are still dumped meanwhile. ``toc.dat`` comes last. The rows of tables in
    ``exclude_data`` are left out, their definitions are not.

    Raises:
        BackupError: pg_dump failed.
        CancelledError: a person cancelled the job.
    """
    programs, endpoint = order.programs, order.endpoint
    watched = _Folder(staging, on_file_finished, reporter)
    arguments = [
        *common_arguments(order),
        "--format=directory",
        f"--jobs={workers}",
        f"--file={staging}",
    ]
    # pg_dump wants the folder to be empty, so the list stands beside it.
    listed = staging.with_name(staging.name + ".exclude")
    try:
        arguments += _exclusions(exclude_data, programs, endpoint.encoding, listed)
        with running(programs, "pg_dump", arguments, endpoint) as child:
            while (line := child.hear(_LOOK_SECONDS)) is not None:
                reporter.check_cancelled()
                watched.measure_now_and_then()
                if found := _FINISHED.search(line):
                    watched.finish(int(found[1]))
            child.finish(endpoint.display)
            messages = child.messages
    finally:
        listed.unlink(missing_ok=True)
    watched.finish_all()
    return DumpOutcome(programs.version_num, order.compression, watched.bytes, messages)


class _Folder:
    """The dump's folder as it fills: which files are finished, how many bytes came."""

    def __init__(
        self, path: Path, on_file_finished: Callable[[Path], None], reporter: JobReporter
    ) -> None:
        self._path = path
        self._on_file_finished = on_file_finished
        self._reporter = reporter
        self._sizes: dict[str, int] = {}
        self._finished: set[str] = set()
        self._measured_at = 0.0
        self._reported = 0

    @property
    def bytes(self) -> int:
        """All that was written, also what was taken away again."""
        return sum(self._sizes.values())

    def measure_now_and_then(self) -> None:
        """Measure, but not more often than anybody looks: a dump may have 100,000 files."""
        if time.monotonic() - self._measured_at >= _LOOK_SECONDS:
            self.measure()
            self._measured_at = time.monotonic()

    def measure(self) -> None:
        """Report what was written since the last time."""
        for path in self._path.iterdir():
            if path.name not in self._finished:
                self._sizes[path.name] = path.stat().st_size
        now = self.bytes
        if now > self._reported:
            self._reporter.advance(now - self._reported)
            self._reported = now

    def finish(self, dump_id: int) -> None:
        """The file of one entry is finished."""
        for suffix in ("", *SUFFIXES):
            path = self._path / f"{dump_id}.dat{suffix}"
            if path.exists():
                self._hand_over(path)

    def finish_all(self) -> None:
        """All files are, ``toc.dat`` last."""
        self.measure()
        left = sorted(self._path.iterdir(), key=lambda path: path.name == TABLE_OF_CONTENTS)
        for path in left:
            self._hand_over(path)

    def _hand_over(self, path: Path) -> None:
        if path.name not in self._finished:
            self._sizes[path.name] = path.stat().st_size
            self._finished.add(path.name)
            self._on_file_finished(path)


def _exclusions(
    tables: Sequence[TableName], programs: ClientPrograms, encoding: str, listed: Path
) -> list[str | bytes]:
    if not tables:
        return []
    if programs.has_filter_file:
        listed.touch(mode=0o600)
        listed.write_bytes(exclusion_file(tables, encoding))
        return [f"--filter={listed}"]
    arguments = exclusion_arguments(tables, encoding)
    if sum(map(len, arguments)) > LONGEST_EXCLUSIONS:
        raise BackupError(
            f"{len(tables)} unchanged tables are too many to be named to this pg_dump",
            why="their names are its arguments, and the system limits those",
            remedy="use PostgreSQL 17's client programs or newer ones, which read them from a"
            " file; or take a full backup",
        )
    return [*arguments]
