"""pg_restore at work: an archive goes into a database that nobody else uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.program import Child, running
from core.backup.progress import JobReporter
from core.errors import RestoreError
from core.postgres.client_programs import ClientPrograms
from core.restore.failure import explained, is_harmless

DEFINITIONS = "definitions"
ROWS = "rows"
INDEXES = "indexes and constraints"

_LOOK_SECONDS = 0.25
_PARALLEL = "entering main parallel loop"
_LOADS = "processing data for table "
_FINISHED = re.compile(r"finished item (\d+) ")
_SPEAKS = "pg_restore: "
_FAILED = re.compile(r"pg_restore: (?:error|fatal): ")


@dataclass(frozen=True, slots=True)
class ArchiveRestore:
    """What of an archive goes where.

    ``list_file`` names the entries that are taken, all where it is ``None``. ``row_bytes`` are the
    sizes of the files with rows by the number of their entry. Without ``owners`` everything
    belongs to the role that restores; without ``rows`` definitions alone are restored.
    """

    archive: Path
    workers: int
    list_file: Path | None = None
    row_bytes: Mapping[int, int] = field(default_factory=dict)
    owners: bool = True
    rows: bool = True


def restore_arguments(endpoint: Endpoint, restore: ArchiveRestore) -> list[str]:
    """The arguments of pg_restore, without a secret; the same stand in the plan."""
    arguments = [
        f"--dbname={endpoint.conninfo()}",
        f"--jobs={restore.workers}",
        "--verbose",
    ]
    if restore.list_file is not None:
        arguments.append(f"--use-list={restore.list_file}")
    if not restore.owners:
        arguments.append("--no-owner")
    if not restore.rows:
        arguments.append("--schema-only")
    return [*arguments, str(restore.archive)]


def run_restore(
    endpoint: Endpoint, programs: ClientPrograms, restore: ArchiveRestore, reporter: JobReporter
) -> None:
    """Restore into the database that ``endpoint`` leads to; stops at the first error.

    One worker is for a single table: of several it would not be told when each is finished.

    Raises:
        RestoreError: pg_restore or the server refused something; what was made before is there.
        BackupError: pg_restore could not be started, or was killed.
        CancelledError: a person cancelled the job.
    """
    if restore.workers > 1:
        _run(endpoint, programs, restore, reporter, _Progress(restore.row_bytes, reporter).hear)
        return
    table = _ProgressOfOne(sum(restore.row_bytes.values()), reporter)
    _run(endpoint, programs, restore, reporter, table.hear)
    table.loaded()


def run_rest(
    endpoint: Endpoint, programs: ClientPrograms, restore: ArchiveRestore, reporter: JobReporter
) -> None:
    """Restore what comes after the rows, within the phase that is under way.

    Raises: as ``run_restore``.
    """
    _run(endpoint, programs, restore, reporter, lambda _: None)


def _run(
    endpoint: Endpoint,
    programs: ClientPrograms,
    restore: ArchiveRestore,
    reporter: JobReporter,
    hear: Callable[[str], None],
) -> None:
    arguments = restore_arguments(endpoint, restore)
    errors = _Errors(endpoint.display)
    with running(programs, "pg_restore", arguments, endpoint, explain=explained) as child:
        while (line := child.hear(_LOOK_SECONDS)) is not None:
            reporter.check_cancelled()
            errors.hear(line)
            hear(line)
        errors.hear("")
        _finish(child, endpoint.display)


def _finish(child: Child, where: str) -> None:
    """It ends with a warning where it went on after an error that was harmless."""
    try:
        child.finish(where)
    except RestoreError:
        if not any("errors ignored on restore" in each for each in child.messages):
            raise


class _Errors:
    """What pg_restore fails at: of each error the first line says it, the next what was tried."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._said: list[str] = []

    def hear(self, line: str) -> None:
        """One line of its standard error, empty after a silence.

        Raises:
            RestoreError: an error ended before this line, and it was not a harmless one.
        """
        goes_on = bool(line) and not line.startswith(_SPEAKS)
        if self._said and not goes_on:
            if not is_harmless(self._said[0]):
                raise explained("\n".join(self._said), self._where)
            self._said = []
        if self._said or _FAILED.search(line):
            self._said.append(line)


class _Progress:
    """What pg_restore says, as phases and bytes."""

    def __init__(self, row_bytes: Mapping[int, int], reporter: JobReporter) -> None:
        self._left = dict(row_bytes)
        self._reporter = reporter
        self._reporter.phase(DEFINITIONS)

    def hear(self, line: str) -> None:
        """One line of its standard error."""
        if _PARALLEL in line:
            self._reporter.phase(ROWS, sum(self._left.values()))
            self._indexes_once_rows_are_in()
        elif (found := _FINISHED.search(line)) and int(found[1]) in self._left:
            self._reporter.advance(self._left.pop(int(found[1])))
            self._indexes_once_rows_are_in()

    def _indexes_once_rows_are_in(self) -> None:
        if not self._left:
            self._reporter.phase(INDEXES)


class _ProgressOfOne:
    """The same of a single table: one worker says what it begins, and not what it has finished."""

    def __init__(self, row_bytes: int, reporter: JobReporter) -> None:
        self._bytes = row_bytes
        self._reporter = reporter
        self._loads = False
        self._reporter.phase(DEFINITIONS)

    def hear(self, line: str) -> None:
        """One line of its standard error."""
        if _LOADS in line:
            self._reporter.phase(ROWS, self._bytes)
            self._loads = True
        elif line.startswith(_SPEAKS):
            self.loaded()

    def loaded(self) -> None:
        """The table's rows are in, where it had come to them."""
        if self._loads:
            self._reporter.advance(self._bytes)
            self._reporter.phase(INDEXES)
            self._loads = False
