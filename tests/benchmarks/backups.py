"""What a backup costs beside pg_dump alone, rclone, and the scripts that people have.

``uv run python -m tests.benchmarks backups [SHARE] [ROUNDS]``: one dataset on PostgreSQL 18, SHARE
(1.0) of pgbench's scale 60 and a million rows of jsonb and text, about 1.5 GB. Each figure is the
median of ROUNDS (3), taken in turn: ``pg_dump | gzip``, ``-Fc`` and ``-Fd -jN`` at the backup's own
compression, a full backup to a folder, an incremental after one table of a hundred has changed, a
full one to S3, rclone's copy of the same bytes to the same server, and that copy while pg_dump
dumps: what could be overlapped best, if rclone had the bytes before they are dumped. The
fingerprint is apart, and so is the peak memory of a backup's process. Beside each figure stands the
processor time of the whole machine meanwhile: where that is all there is, nothing is waited for.
"""

from __future__ import annotations

import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import psutil
import psycopg

from core.backup.progress import SilentReporter
from core.config.dump_settings import DumpSettings
from tests.benchmarks.dataset import dataset
from tests.servers.backing_up import BackupSite, backup_site
from tests.servers.s3 import ACCESS_KEY, SECRET_KEY, SECRET_VARIABLE, S3Server, s3_server

_TOGETHER = "rclone beside pg_dump -Fd -j"


class Phases(SilentReporter):
    """How long each phase took, in seconds."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._name, self._since = "", time.monotonic()

    def phase(self, name: str, total_bytes: int | None = None) -> None:
        """A phase begins, and another ends."""
        now = time.monotonic()
        self.seconds[self._name] = self.seconds.get(self._name, 0.0) + now - self._since
        self._name, self._since = name, now

    def end(self) -> float:
        """All of it."""
        self.phase("")
        return sum(self.seconds.values())


def main() -> None:
    """Print each figure with what it may be."""
    share = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    os.environ[SECRET_VARIABLE] = SECRET_KEY
    with (
        dataset(share) as (server, dsn, folder),
        s3_server(folder / "s3") as s3,
        backup_site(folder / "host", server, dsn) as site,
    ):
        _measure(_as_installed(site, s3), s3, rounds)


def _as_installed(site: BackupSite, s3: S3Server) -> BackupSite:
    """The host with the defaults of an installation, and a bucket."""
    offsite = s3.settings(read_timeout_seconds=60, retry_seconds=120)
    repositories = {**site.settings.repositories, "offsite": offsite}
    dump = replace(DumpSettings(), nice=0, io_priority="normal")
    backup = replace(site.settings.backup, copies=("local",), lease_seconds=60)
    return site.changed(repositories=repositories, dump=dump, backup=backup)


def _measure(site: BackupSite, s3: S3Server, rounds: int) -> None:
    taken: dict[str, list[float]] = {}
    busy: dict[str, list[float]] = {}
    sizes: dict[str, int] = {}
    for number in range(rounds):
        for name, act in _figures(site, s3, sizes, number):
            before = _busy_seconds()
            taken.setdefault(name, []).append(act())
            busy.setdefault(name, []).append(_busy_seconds() - before)
    # Last: the copy that it lacks in the folder would be repaired by the next backup measured.
    taken["peak memory of a full one to S3"] = [_peak(site)]
    medians = {name: statistics.median(values) for name, values in taken.items()}
    for name, value in medians.items():
        unit = f"{value:8.0f} MiB" if "memory" in name else f"{value:8.2f} s"
        worked = statistics.median(busy.get(name, [0.0]))
        print(f"{name:<34}{unit}" + (f"{worked:8.2f} s of processors" if worked else ""))
    plain = min(medians["pg_dump -Fc"], medians["pg_dump -Fd -j"])
    net = medians["full to a folder, without print"]
    say("full to a folder ÷ pg_dump alone", net / plain, "at most 1.10")
    say("pg_dump | gzip ÷ full", medians["pg_dump | gzip"] / net, "at least 3")
    say("incremental ÷ full", medians["incremental"] / medians["full to a folder"], "at most 0.33")
    say("its storage ÷ full's", sizes["incremental"] / sizes["full"], "in proportion")
    offsite = medians["full to S3, without print"]
    say("full to S3 ÷ rclone beside a dump", offsite / medians[_TOGETHER], "at most 1.15")
    say("full to S3 ÷ the slower alone", offsite / max(plain, medians["rclone"]), "for comparison")


def _figures(
    site: BackupSite, s3: S3Server, sizes: dict[str, int], number: int
) -> Iterator[tuple[str, Callable[[], float]]]:
    prints: list[float] = []

    def backup(kind: str, copy: str) -> float:
        phases = Phases()
        taken = replace(site, reporter=phases).take(kind, copies=[copy])
        sizes[kind] = taken.manifest.sealed_bytes
        whole = phases.end()
        parts = "  ".join(f"{n} {t:.2f}" for n, t in phases.seconds.items() if n)
        print(f"{kind} to {copy}: {parts}")
        prints.append(whole - phases.seconds.get("fingerprint", 0.0))
        return sum(phases.seconds.values())

    def change() -> None:
        with psycopg.connect(site.dsn, autocommit=True) as connection:
            connection.execute(f"UPDATE small_{number} SET note = 'changed'".encode())

    compression = f"zstd:{site.settings.dump.zstd_level}"
    yield "pg_dump | gzip", lambda: _dump(site, "-Fp", through="gzip")
    yield "pg_dump -Fc", lambda: _dump(site, "-Fc", f"--compress={compression}")
    jobs = f"-j{site.settings.dump.workers}"
    yield "pg_dump -Fd -j", lambda: _dump(site, "-Fd", jobs, f"--compress={compression}")
    yield "full to a folder", lambda: backup("full", "local")
    yield "full to a folder, without print", lambda: prints[-1]
    change()
    yield "incremental", lambda: backup("incremental", "local")
    yield "full to S3", lambda: backup("full", "offsite")
    yield "full to S3, without print", lambda: prints[-1]
    yield "rclone", lambda: _rclone(site, s3)
    dump = ("-Fd", jobs, f"--compress={compression}")
    yield _TOGETHER, lambda: _at_once(lambda: _rclone(site, s3), lambda: _dump(site, *dump))


def _dump(site: BackupSite, *options: str, through: str = "") -> float:
    programs = site.server.programs
    command = [str(programs.path("pg_dump")), *options, "-d", site.dsn]
    environment = programs.environment()
    with _scratch(site) as scratch:
        begun = time.monotonic()
        if through:
            with (scratch / "dump").open("wb") as file:
                dump = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
                subprocess.run([through], stdin=dump.stdout, stdout=file, check=True)
                dump.wait()
        else:
            subprocess.run([*command, "-f", str(scratch / "dump")], env=environment, check=True)
        return time.monotonic() - begun


def _rclone(site: BackupSite, s3: S3Server) -> float:
    """The newest full backup's sealed bytes copied to the same server."""
    newest = max((site.local / "shop").glob("*-full-*"))
    target = f":s3:{s3.bucket_name}/copy-{secrets.token_hex(4)}"
    options = ["--s3-provider=Rclone", f"--s3-endpoint={s3.url}", "--config=/dev/null"]
    secret = {"RCLONE_S3_ACCESS_KEY_ID": ACCESS_KEY, "RCLONE_S3_SECRET_ACCESS_KEY": SECRET_KEY}
    command = [str(Path(sys.executable).with_name("rclone")), "copy", *options, str(newest), target]
    begun = time.monotonic()
    subprocess.run(command, env=os.environ | secret, check=True, capture_output=True)
    return time.monotonic() - begun


def _at_once(*acts: Callable[[], object]) -> float:
    """Seconds until all are done."""
    begun = time.monotonic()
    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(act) for act in acts]:
            done.result()
    return time.monotonic() - begun


def _busy_seconds() -> float:
    """What the machine's processors have done so far, whoever wanted it."""
    times = psutil.cpu_times()
    return float(times.user + times.system + times.nice)


def _peak(site: BackupSite) -> float:
    """Mebibytes that a backup's own process took at most; pg_dump's are its own."""
    settings = replace(site.settings, backup=replace(site.settings.backup, copies=("offsite",)))
    program = "tests.servers.backup_program"
    command = [sys.executable, "-m", program, str(site.state), "full", ""]
    measured = [sys.executable, "-c", _WATCHED, *command]
    done = subprocess.run(
        measured,
        input=msgspec.json.encode(settings),
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr.decode())
    return float(done.stderr.split()[-1]) / 1024


_WATCHED = """
import subprocess, sys, time
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
peak = 0
while process.poll() is None:
    try:
        status = open(f"/proc/{process.pid}/status").read()
    except OSError:
        break
    peak = max([peak] + [int(l.split()[1]) for l in status.splitlines() if l.startswith("VmHWM")])
    time.sleep(0.05)
assert process.wait() == 0
print(peak, file=sys.stderr)
"""


@contextmanager
def _scratch(site: BackupSite) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=site.folder) as name:
        yield Path(name)


def say(name: str, value: float, wanted: str) -> None:
    """A figure, and what it may be."""
    print(f"{name:<34}{value:8.2f}   ({wanted})")
