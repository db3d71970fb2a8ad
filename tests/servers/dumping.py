"""Dumps for tests: taken by our code, restored by plain pg_restore."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.backup.dump.arguments import DumpOrder, compression_of
from core.backup.dump.directory import DumpOutcome, dump_directory
from core.backup.dump.dump_file import DumpFile
from core.backup.dump.endpoint import Endpoint
from core.backup.dump.snapshot import HeldSnapshot, hold_snapshot
from core.backup.dump.stream import dump_custom
from core.backup.fingerprint import take
from core.backup.progress import SilentReporter
from core.config.dump_settings import DumpSettings
from core.model.backup import Selection, TableName
from core.model.fingerprint import Fingerprint
from core.postgres.client_programs import ClientPrograms
from core.postgres.embedded import EmbeddedServer, Programs
from tests.postgres.connecting import target_of

SEEDS = (4242, 2**62 + 1)
SETTINGS = replace(DumpSettings(), lock_wait_seconds=2, nice=0, io_priority="normal")
SILENT = SilentReporter()


class Taker:
    """Takes the files of a dump as they are finished, by name, and leaves them where they are."""

    def __init__(self) -> None:
        self.finished: list[str] = []

    def take(self, file: DumpFile, size: int) -> None:
        """Note a finished file."""
        assert file.path.stat().st_size == size
        self.finished.append(file.path.name)

    def take_growing(self, file: DumpFile) -> bool:
        """None is taken before it is finished."""
        assert file.path.exists()
        return False


def clients(programs: Programs) -> ClientPrograms:
    """The client programs of an installation."""
    return ClientPrograms(programs.bin, programs.version_num, "for tests", programs.lib)


def endpoint(dsn: str, settings: DumpSettings = SETTINGS) -> Endpoint:
    """The server that ``dsn`` leads to."""
    return Endpoint.of(target_of(dsn), settings)


def fingerprint(
    dsn: str,
    *,
    seeds: tuple[int, int] = SEEDS,
    budget_bytes: int = 0,
    selection: Selection = Selection(),
) -> Fingerprint:
    """The database's fingerprint now."""
    with hold_snapshot(endpoint(dsn), selection) as held:
        return take(
            held,
            seeds=seeds,
            workers=2,
            budget_bytes=budget_bytes,
            selection=selection,
            reporter=SILENT,
        )


def order(
    held: HeldSnapshot, programs: ClientPrograms, selection: Selection = Selection()
) -> DumpOrder:
    """What pg_dump is told to dump of a snapshot."""
    compression = compression_of(programs, SETTINGS)
    return DumpOrder(held.endpoint, programs, held.snapshot_id, compression, selection=selection)


def dump(
    dsn: str,
    programs: ClientPrograms,
    staging: Path,
    *,
    exclude_data: Sequence[TableName] = (),
    selection: Selection = Selection(),
) -> tuple[Fingerprint, DumpOutcome, list[str]]:
    """A dump of the database; its fingerprint, its outcome, and its files as they were finished."""
    staging.mkdir()
    taker = Taker()
    with hold_snapshot(endpoint(dsn), selection) as held:
        found = take(held, seeds=SEEDS, workers=2, selection=selection, reporter=SILENT)
        outcome = dump_directory(
            order(held, programs, selection),
            staging,
            workers=2,
            exclude_data=exclude_data,
            taker=taker,
            reporter=SILENT,
        )
    return found, outcome, taker.finished


def dump_stream(dsn: str, programs: ClientPrograms) -> tuple[Fingerprint, bytes]:
    """A dump of the database in custom format, and its fingerprint."""
    content = bytearray()
    with hold_snapshot(endpoint(dsn), Selection()) as held:
        found = take(held, seeds=SEEDS, workers=2, selection=Selection(), reporter=SILENT)
        dump_custom(order(held, programs), content.extend, SILENT)
    return found, bytes(content)


def restore(
    server: EmbeddedServer, database: str, archive: Path, programs: ClientPrograms, *, jobs: int = 1
) -> None:
    """Restore with plain pg_restore into ``database``; any complaint fails the test.

    But one: a newer pg_restore tells an older server of a setting that it does not have.
    """
    done = subprocess.run(
        [
            programs.path("pg_restore"),
            f"--jobs={jobs}",
            f"--dbname={server.dsn(database)}",
            archive,
        ],
        env=programs.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [line for line in done.stderr.splitlines() if "ERROR:" in line]
    if programs.major >= 17 > server.programs.major:
        assert [line for line in complaints if "transaction_timeout" not in line] == []
    else:
        assert (done.returncode, done.stderr) == (0, "")
