"""A backup, pg_dump or PostgreSQL is killed: what was good stays good, the next run succeeds."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from core.errors import BackupError, PgvigilError
from core.model.backup import BackupKind
from tests.faults.backups_on_bad_days import Acting, Before, check_after, started
from tests.faults.figures import Faults, check_kept
from tests.postgres.backup.conftest import TABLES, run
from tests.servers.backing_up import SERVER, BackupSite, backup_site
from tests.servers.everything import empty_database
from tests.servers.factory import ServerFactory

pytestmark = pytest.mark.fault
PHASES = ("preparing", "fingerprint", "dump", "store", "commit")


@pytest.mark.parametrize("kind", ["full", "incremental"])
@pytest.mark.parametrize("phase", PHASES)
def test_killed_in_each_phase(site: BackupSite, phase: str, kind: str) -> None:
    before = Before(site)
    run(site.dsn, "UPDATE orders SET note = 'later' WHERE id = 1")
    with started(site, kind, phase) as process:
        assert process.stdout is not None
        while (line := process.stdout.readline().decode().strip()) != phase:
            assert line, "it ended before"
        process.kill()
    manifest = check_after(site, before)
    assert manifest.kind is BackupKind.INCREMENTAL
    until = datetime.now(UTC) + timedelta(days=1)
    rows = site.store.attempts.history(SERVER, 20, until=until).rows
    statuses = [row.run.status for row in rows if row.run is not None]
    assert sorted(statuses) == ["completed", "completed", "interrupted"]


@pytest.mark.parametrize("name", ["wraps.json", "break-glass.py", "README.txt", "manifest.sealed"])
def test_killed_when_an_object_of_the_commit_appears(site: BackupSite, name: str) -> None:
    before = Before(site)
    folder = site.local / SERVER
    known = {before.manifest.backup_id}
    with started(site) as process:
        while process.poll() is None:
            if any((each / name).exists() for each in folder.iterdir() if each.name not in known):
                break
            time.sleep(0.001)
        process.kill()
    check_after(site, before)


def test_killed_at_moments_drawn_by_lot(site: BackupSite, faults: Faults) -> None:
    before = Before(site)
    begun = time.monotonic()
    with started(site, "full") as process:
        process.wait()
    longest = time.monotonic() - begun
    for number in range(8):
        with started(site, "full") as process:
            time.sleep(longest * (number + 1) / 9)
            process.kill()
        faults.tried += 1
        check_kept(before.is_untouched())
    check_after(site, before)
    faults.survived = faults.tried


def test_pg_dump_is_killed(site: BackupSite) -> None:
    before = Before(site)
    run(
        site.dsn,
        "INSERT INTO orders SELECT n, repeat('x', 500) FROM generate_series(4000, 90000) n",
    )
    with killing("--file="), pytest.raises(BackupError) as told:
        site.take()
    assert "killed" in told.value.what
    check_after(site, before)


def test_postgresql_stops_in_the_middle(start_server: ServerFactory, tmp_path: Path) -> None:
    server = start_server()
    with empty_database(server) as name:
        dsn = server.dsn(name)
        run(dsn, TABLES)
        with backup_site(tmp_path, server, dsn) as site:
            before = Before(site)
            struck = replace(site, reporter=Acting("dump", server.kill))
            with pytest.raises(PgvigilError) as told:
                struck.take()
            assert "lost" in told.value.what or "connection" in told.value.what.lower()
            server.start()
            check_after(site, before)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill it, and see its programs end: one that it had just forked still holds its lock."""
    programs = psutil.Process(process.pid).children()
    process.kill()
    process.wait()
    psutil.wait_procs(programs, 10)


@contextmanager
def killing(argument: str) -> Iterator[None]:
    """Kill the first program that this process starts with such an argument."""
    over = threading.Event()

    def kill() -> None:
        me = psutil.Process()
        while not over.is_set():
            for child in me.children():
                with suppress(psutil.Error):
                    if any(word.startswith(argument) for word in child.cmdline()):
                        child.kill()
                        return
            time.sleep(0.001)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
