"""What looking after backups costs: level 1, the catalog, prune plans, and the rotation of keys.

``uv run python -m tests.benchmarks verification [MEBIBYTES] [BACKUPS]``:

- level 1 of a sealed backup of so many MiB (1024) in 8 artifacts, in a folder, beside ``sha256sum``
  of the same files in one process; in turn, medians of five;
- the list and the prune plan of 100,000 backups in a store, twice;
- the rotation of the key of so many backups (10,000) in a folder: what is read and written.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert

from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.rewrap import rotate
from core.backup.keys.ring import KeyRing
from core.backup.progress import SilentReporter
from core.backup.repository.protocol import Repository
from core.backup.retention import plan_prune
from core.backup.seal import CHUNK_BYTES
from core.backup.verify.sealed import SealedVerifier
from core.config.retention_settings import RetentionSettings
from core.config.settings import StoreSettings
from core.model.backup import BackupKind, CatalogEntry
from core.store.catalog_rows import values_of
from core.store.catalog_tables import backup, backup_copy
from core.store.moments import to_micros
from core.store.store import Store
from tests.benchmarks.medians import medians
from tests.contract.repositories import small_folder
from tests.servers.sealed_backups import BEGIN, SERVER, SYSTEM, Sealing

MOST_OF_SHA256SUM = 1.5
LISTED, LISTED_SECONDS = 100_000, 2.0


def main() -> None:
    """Print each figure with what it may be."""
    mebibytes = int(sys.argv[2]) if len(sys.argv) > 2 else 1024
    backups = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        place = small_folder(Path(folder) / "repository")
        with place.opened() as repository:
            _level_1(repository, place.files, mebibytes)
    with tempfile.TemporaryDirectory() as folder:
        _catalog(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        place = small_folder(Path(folder) / "repository")
        with place.opened() as repository:
            _rotation(repository, place.files, backups)


def _level_1(repository: Repository, files: Path, mebibytes: int) -> None:
    sealing = Sealing(chunk_bytes=CHUNK_BYTES)
    block = os.urandom((mebibytes << 20) // 8)
    sealed = sealing.full(0, {f"{number}.dat.zst": block for number in range(8)})
    sealed.write_to(repository)
    artifacts = sorted(map(str, files.rglob("*.sealed")))

    def sha256sum() -> None:
        subprocess.run(["sha256sum", *artifacts], check=True, stdout=subprocess.DEVNULL)

    def level_1() -> None:
        verifier = SealedVerifier(repository, SERVER, sealing.ring, SilentReporter())
        verifier.verify(sealed.manifest)
        if verifier.read_bytes != sealed.manifest.sealed_bytes:
            sys.exit("not everything was read")

    took = medians(sha256sum, level_1)
    size = sealed.manifest.sealed_bytes / 1e9
    ratio = took[1] / took[0]
    opened = medians(lambda: _openssl(block))[0]
    print(f"level 1            {ratio:5.2f} x sha256sum   <= {MOST_OF_SHA256SUM}")
    print(f"  sha256sum        {size / took[0]:5.2f} GB/s")
    print(f"  level 1          {size / took[1]:5.2f} GB/s")
    print(f"  (SHA-256 by OpenSSL, one thread, in memory: {len(block) / 1e9 / opened:.2f} GB/s)")


def _openssl(block: bytes) -> None:
    """coreutils' own SHA-256 uses no instructions for it; this does where the machine has them."""
    hashlib.sha256(block).hexdigest()


def _catalog(folder: Path) -> None:
    store = Store.open(StoreSettings(), state_folder=folder, migrate=True)
    _fill(store, tuple(_entries(LISTED)))
    now = BEGIN + timedelta(hours=LISTED)
    for attempt in ("first", "again"):
        begin, cpu = time.perf_counter(), time.process_time()
        entries = store.catalog.entries(SERVER)
        listed = time.perf_counter() - begin
        plan = plan_prune(entries, RetentionSettings(), now)
        planned = time.perf_counter() - begin - listed
        cpu = time.process_time() - cpu
        print(
            f"catalog ({attempt})   {listed + planned:5.2f} s   <= {LISTED_SECONDS:g} s"
            f"   (list {listed:.2f}, plan {planned:.2f}, {cpu:.2f} of a processor;"
            f" {len(entries):,} backups, {len(plan.kept):,} stay)"
        )
    store.close()


def _fill(store: Store, entries: tuple[CatalogEntry, ...]) -> None:
    """All at once, which in life took years."""
    listed = [{"backup_id": entry.backup_id, **values_of(entry)} for entry in entries]
    copies = [
        {
            "backup_id": copy.backup_id,
            "repository": copy.repository,
            "state": copy.state.value,
            "level": int(copy.level),
            "verified_at": to_micros(copy.verified_at or BEGIN),
            "problem": "",
        }
        for entry in entries
        for copy in entry.copies
    ]
    with store._database.writing() as connection:
        connection.execute(insert(backup), listed)
        connection.execute(insert(backup_copy), copies)


def _entries(count: int) -> Iterator[CatalogEntry]:
    """A backup an hour: a full one each day, and incrementals on it."""
    model = Sealing().full(0, {"toc.dat": b""})
    full = ""
    for number in range(count):
        at = BEGIN + timedelta(hours=number)
        is_full = number % 24 == 0
        kind = BackupKind.FULL if is_full else BackupKind.INCREMENTAL
        backup_id = f"{at:%Y%m%dT%H%M%SZ}-{kind}-{number:08x}"
        full = backup_id if is_full else full
        copies = tuple(
            replace(model.copy(name), backup_id=backup_id, verified_at=at)
            for name in ("local", "s3")
        )
        yield CatalogEntry(
            backup_id=backup_id,
            server_id=SERVER,
            system_identifier=SYSTEM,
            database="orders",
            kind=kind,
            parent_id="" if is_full else full,
            chain_id=full,
            needs=frozenset() if is_full else frozenset({full}),
            snapshot_at=at,
            finished_at=at,
            sealed_bytes=1000,
            plain_bytes=3000,
            key_id="k",
            copies=copies,
        )


def _rotation(repository: Repository, files: Path, count: int) -> None:
    sealing = Sealing(chunk_bytes=CHUNK_BYTES)
    for number in range(count):
        sealed = sealing.full(number / 24, {"toc.dat": bytes(20_000), "1.dat": bytes(20_000)})
        for path, content in sealed.objects.items():
            place = files / path
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.write_bytes(content)
    stored = sum(path.stat().st_size for path in files.rglob("*.sealed"))
    before = {path: path.stat().st_mtime_ns for path in files.rglob("*.sealed")}
    begin = time.perf_counter()
    ring = KeyRing(KeyEncryptionKey.generate(), [sealing.key])
    *_, report = rotate(repository, ring)
    seconds = time.perf_counter() - begin
    after = {path: path.stat().st_mtime_ns for path in files.rglob("*.sealed")}
    print(
        f"rotation           {report.rewrapped:,} of {count:,} backups in {seconds:.1f} s;"
        f" {report.written_bytes / count:,.0f} bytes written for each, of {stored / count:,.0f}"
    )
    moved = sum(1 for path in before if before[path] != after.get(path))
    print(f"  sealed objects that were touched: {moved}   = 0")
