"""What a restore costs beside plain pg_restore.

``uv run python -m tests.benchmarks restores [SHARE] [ROUNDS]``: the dataset of the backup figures,
and a table of one percent of it. Each figure is the median of ROUNDS (3), taken in turn: pg_restore
-jN of an unencrypted dump in directory format, as much compressed as the backup, into a new
database, whose making counts for both; a full restore; pg_restore -t of the small table from that
dump, which leaves its index out, and a restore of it. What proves a restore (statistics,
fingerprint, pg_amcheck) is apart, and so is what was fetched. In the end everything is restored in
place by swap, while an application asks the database by its name again and again: the longest time
in which it got no answer, neither from what was live nor from what takes its place.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from core.backup.fingerprint import FINGERPRINT
from core.backup.keys.sources import load_opening_keys
from core.backup.repository.open import open_repository
from core.backup.unsealing import SealedSource
from core.config.dump_settings import DumpSettings
from core.model.backup import ArtifactRole, Manifest, TableName
from core.model.restore import ChosenTable, RestoreWish, TargetKind
from core.restore.archive.taken import Taken, taken
from core.restore.beside import NewDatabase, restore_beside
from core.restore.survey import contents_of
from core.restore.validate import AMCHECK, VALIDATE, Further
from tests.benchmarks.asking import Asking
from tests.benchmarks.backups import Phases, say
from tests.benchmarks.dataset import dataset
from tests.servers.backing_up import SERVER, BackupSite, backup_site
from tests.servers.backup_host import Host
from tests.servers.dumping import clients, endpoint
from tests.servers.everything import drop_database, empty_database

_NEW = "restored"
_SMALL = TableName("public", "one_percent")
_PROVING = (VALIDATE, FINGERPRINT, AMCHECK)
_MIB = 1 << 20


def main() -> None:
    """Print each figure with what it may be."""
    share = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    with dataset(share) as (server, dsn, folder):
        _add_small(dsn)
        with backup_site(folder / "host", server, dsn) as made:
            dump = replace(DumpSettings(), nice=0, io_priority="normal")
            _measure(_Bench(made.changed(dump=dump)), rounds)


def _add_small(dsn: str) -> None:
    """A table of one percent of what is there."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(b"CREATE TABLE one_percent AS SELECT * FROM documents WHERE id % 45 = 0")
        connection.execute("ALTER TABLE one_percent ADD PRIMARY KEY (id)")
        told = connection.execute(
            "SELECT pg_total_relation_size('one_percent')::float"
            " / pg_database_size(current_database())"
        ).fetchone()
    print(f"the small table is {told[0] if told else 0:.2%} of the data")


@dataclass(frozen=True, slots=True)
class _Restored:
    """Seconds of a restore without what proves it, of that, and the bytes that were fetched."""

    seconds: float
    proving: float
    phases: dict[str, float]


class _Bench:
    """One backup, and the same data as a plain dump."""

    def __init__(self, site: BackupSite) -> None:
        self.site = site
        self.manifest: Manifest = site.take().manifest
        self.plain = site.folder / "plain"
        settings = site.settings.dump
        self.jobs = f"-j{settings.workers}"
        self._run("pg_dump", "-Fd", self.jobs, f"--compress=zstd:{settings.zstd_level}",
                  "-d", site.dsn, "-f", str(self.plain))  # fmt: skip

    def pg_restore(self, *options: str) -> float:
        """Seconds of pg_restore into a new database."""
        begun = time.monotonic()
        with empty_database(self.site.server) as name:
            self._run("pg_restore", "-d", self.site.server.dsn(name), *options, str(self.plain))
            return time.monotonic() - begun

    def restore(self, *tables: TableName) -> _Restored:
        """A restore, of chosen tables or of all."""
        settings = self.site.settings
        keys = load_opening_keys(settings.encryption, settings.keys)
        repository = open_repository("local", settings.repositories["local"])
        phases = Phases()
        with tempfile.TemporaryDirectory(dir=self.site.folder) as staging:
            source = SealedSource.of(repository, SERVER, keys)
            new = NewDatabase(
                endpoint(self.site.server.dsn(), settings.dump),
                clients(self.site.tools),
                _NEW,
                "bench",
                workers=settings.dump.workers,
                further=Further(amcheck=True),
            )
            chosen = self.taken(source, *tables)
            found = restore_beside(source, self.manifest, new, Path(staging), phases, chosen=chosen)
        assert not found.differences, found.differences
        whole = phases.end()
        drop_database(self.site.server, _NEW)
        proving = sum(phases.seconds.get(name, 0.0) for name in _PROVING)
        print("  ".join(f"{n} {t:.2f}" for n, t in phases.seconds.items() if n))
        return _Restored(whole - proving, proving, phases.seconds)

    def taken(self, source: SealedSource, *tables: TableName) -> Taken:
        """What of the archive is restored."""
        wish = RestoreWish(
            SERVER,
            self.site.server_database,
            TargetKind.BESIDE,
            SERVER,
            _NEW,
            tables=tuple(map(ChosenTable, tables)),
        )
        return taken(contents_of(source, self.manifest), wish, "utf-8")

    def swap(self) -> float:
        """Seconds in which the live database's name got no answer, while it was swapped."""
        restores, name = Host(self.site).restores, self.site.server_database
        plan = self.site.folder / "swap.plan"
        with Asking(self.site.dsn) as asking:
            for arguments in (("plan", "--swap", "--out", plan), ("run", plan, "--confirm", name)):
                code, out, err = restores.run(*arguments)
                assert code == 0, (out, err)
        assert asking.databases == 2, "the name was not exchanged"
        return asking.longest_gap

    def _run(self, program: str, *arguments: str) -> None:
        programs = self.site.server.programs
        command = [str(programs.path(program)), *arguments]
        subprocess.run(command, env=programs.environment(), check=True)


def _measure(bench: _Bench, rounds: int) -> None:
    figures: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, act in _figures(bench):
            figures.setdefault(name, []).append(act())
    medians = {name: statistics.median(values) for name, values in figures.items()}
    for name, seconds in medians.items():
        print(f"{name:<34}{seconds:8.2f} s")
    say("full ÷ pg_restore -j", medians["full"] / medians["pg_restore -j"], "at most 1.10")
    say("one table ÷ pg_restore -t", medians["one table"] / medians["pg_restore -t"], "at most 1.2")
    needed = sum(
        each.sealed_bytes
        for each in bench.manifest.artifacts
        if each.role is ArtifactRole.TABLE_OF_CONTENTS or each.table == _SMALL
    )
    say("MiB that one table's files are", needed / _MIB, "and 1 MiB more may be fetched")
    say("seconds without answer in a swap", bench.swap(), "less than 1")


def _figures(bench: _Bench) -> Iterator[tuple[str, Callable[[], float]]]:
    proving: list[float] = []

    def restore(*tables: TableName) -> float:
        done = bench.restore(*tables)
        proving.append(done.proving)
        return done.seconds

    yield "pg_restore -j", lambda: bench.pg_restore(bench.jobs)
    yield "full", restore
    yield "proving it", lambda: proving[-1]
    yield "pg_restore -t", lambda: bench.pg_restore("-t", _SMALL.name)
    yield "one table", lambda: restore(_SMALL)
    yield "proving that", lambda: proving[-1]
