"""A dump into a folder, in directory format, by several workers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.backup.dump.arguments import (
    LONGEST_EXCLUSIONS,
    DumpOrder,
    common_arguments,
    exclusion_arguments,
    exclusion_file,
)
from core.backup.dump.dump_folder import LOOK_SECONDS, DumpFolder, FileTaker
from core.backup.dump.program import running
from core.backup.progress import JobReporter
from core.errors import BackupError
from core.model.backup import TableName
from core.postgres.client_programs import ClientPrograms

# Said by pg_dump's leader when one of its workers has closed the file of an entry.
_FINISHED = re.compile(r"finished item (\d+) ")


@dataclass(frozen=True, slots=True)
class DumpOutcome:
    """What came of a dump: by which pg_dump, how compressed, how many bytes, and its warnings."""

    program_version: int
    compression: str
    plain_bytes: int
    warnings: tuple[str, ...]


def dump_directory(
    order: DumpOrder,
    staging: Path,
    *,
    workers: int,
    exclude_data: Sequence[TableName] = (),
    taker: FileTaker,
    reporter: JobReporter,
) -> DumpOutcome:
    """Dump what is ordered into ``staging``, an empty folder, by ``workers`` connections at once.

    ``taker`` gets each file once, and may take it away when nothing will be written to it any more;
    others are still dumped meanwhile. ``toc.dat`` comes last. The rows of tables in
    ``exclude_data`` are left out, their definitions are not.

    Raises:
        BackupError: pg_dump failed.
        CancelledError: a person cancelled the job.
    """
    programs, endpoint = order.programs, order.endpoint
    watched = DumpFolder(staging, taker, reporter)
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
            while (line := child.hear(LOOK_SECONDS)) is not None:
                reporter.check_cancelled()
                watched.measure_now_and_then()
                if found := _FINISHED.search(line):
                    watched.finish(int(found[1]))
            child.finish(endpoint.display)
            warnings = child.warnings
    finally:
        listed.unlink(missing_ok=True)
    watched.finish_all()
    return DumpOutcome(programs.version_num, order.compression, watched.bytes, warnings)


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
