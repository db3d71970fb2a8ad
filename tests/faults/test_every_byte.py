"""Of a small backup every byte of every object is changed, and each object cut at each length.

Verification has to find all of it. A backup of a few kilobytes in a folder, sealed with small
chunks, so that there are several in an artifact: thousands of changes in some seconds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path

import pytest

from core.backup import identity, layout
from core.backup.markers import Protection, write_expiry, write_protection
from core.backup.progress import SilentReporter
from core.backup.repository.protocol import Repository
from core.backup.verify.copy import CopyVerifier, Thoroughness
from core.errors import BackupError
from core.model.backup import VerificationLevel
from tests.contract.repositories import small_folder
from tests.servers.sealed_backups import BEGIN, SERVER, SYSTEM, SealedBackup, Sealing

SEALING = Sealing(chunk_bytes=48)
SEALED = Thoroughness(VerificationLevel.SEALED, lambda _: None, 60)
CONTENTS = {"toc.dat": b"PGDMP" + bytes(100), "3001.dat": b"", "globals.sql": b"CREATE ROLE a;"}
STEP = {"toc.dat": b"PGDMP" + bytes(40)}


@dataclass
class Stock:
    """A full backup and an incremental one on it, with all that can lie beside them."""

    folder: Path
    repository: Repository
    full: SealedBackup
    step: SealedBackup

    def verify(self) -> None:
        verifier = CopyVerifier(self.repository, SERVER, SEALING.ring, SilentReporter())
        verifier.verify(self.full.backup_id, self.full.manifest, SEALED)
        verifier.verify(self.step.backup_id, self.step.manifest, SEALED)

    def is_good(self) -> bool:
        """Whether both are."""
        try:
            self.verify()
        except BackupError:
            return False
        return True

    def reader_of(self, changed: Path) -> Callable[[], bool]:
        """Tells again and again whether what reads ``changed`` finds it good.

        That is one of the two halves of a verification: that of the manifest, or that of all else,
        with the keys and the other artifacts read once. The wrapped keys are read by both, anew.
        """
        backup = self.step if self.step.backup_id in changed.parts else self.full
        manifest = backup.manifest

        def fresh() -> CopyVerifier:
            return CopyVerifier(self.repository, SERVER, SEALING.ring, SilentReporter())

        def reads_manifest() -> bool:
            fresh().manifest(backup.backup_id, manifest)
            return True

        if changed.name in {"manifest.sealed", "wraps.json"}:
            return _told(reads_manifest)
        verifier, artifact = fresh(), changed.name.removesuffix(".sealed")
        others = tuple(
            each
            for each in manifest.artifacts
            if (each.backup_id, each.name) != (backup.backup_id, artifact)
        )
        assert not verifier.problems(replace(manifest, artifacts=others))
        return _told(lambda: not verifier.problems(manifest))

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file())

    def name(self, path: Path) -> str:
        return str(path.relative_to(self.folder))


def _told(read: Callable[[], bool]) -> Callable[[], bool]:
    def tell() -> bool:
        try:
            return read()
        except BackupError:
            return False

    return tell


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    place = small_folder(tmp_path_factory.mktemp("stock") / "repository")
    with place.opened() as repository:
        identity.claim(repository, SERVER, SYSTEM)
        full = SEALING.full(0, CONTENTS)
        step = SEALING.incremental(full, 1, STEP, ["3001.dat", "globals.sql"])
        full.write_to(repository)
        step.write_to(repository)
        write_protection(repository, SERVER, full.backup_id, Protection("audit", "ana", BEGIN))
        write_expiry(repository, SERVER, step.backup_id, BEGIN)
        yield Stock(place.files, repository, full, step)


@pytest.fixture(autouse=True)
def _untouched(stock: Stock) -> Iterator[None]:
    """What a test changes is put back."""
    before = {path: path.read_bytes() for path in stock.files()}
    yield
    for path, content in before.items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
    stock.verify()


def test_all_objects_that_a_repository_can_have_are_there(stock: Stock) -> None:
    stock.verify()
    names = {path.name for path in stock.files()}
    assert names == {
        "pgvigil-repository.json",
        "server.json",
        "break-glass.py",
        "README.txt",
        "wraps.json",
        "manifest.sealed",
        "protected.json",
        "expired.json",
        "toc.dat.sealed",
        "3001.dat.sealed",
        "globals.sql.sealed",
    }


def small(stock: Stock) -> list[Path]:
    """Everything but the long script, which is the same in both."""
    return [path for path in stock.files() if path.name != "break-glass.py"]


def test_every_changed_byte_is_found(stock: Stock) -> None:
    tried = 0
    for path in small(stock):
        content, is_good = path.read_bytes(), stock.reader_of(path)
        for place in range(len(content)):
            path.write_bytes(
                content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :]
            )
            assert not is_good(), f"{stock.name(path)}, byte {place}"
            tried += 1
        path.write_bytes(content)
        assert is_good(), stock.name(path)
    assert tried > 7000


def test_every_cut_and_every_extension_is_found(stock: Stock) -> None:
    for path in small(stock):
        content, is_good = path.read_bytes(), stock.reader_of(path)
        for length in range(len(content)):
            path.write_bytes(content[:length])
            assert not is_good(), f"{stock.name(path)}, cut to {length} bytes"
        for more in (b"\0", b"\n", b" ", content):
            path.write_bytes(content + more)
            assert not stock.is_good(), f"{stock.name(path)}, with {more[:9]!r} behind it"
        path.write_bytes(content)
        assert is_good(), stock.name(path)


def test_every_changed_byte_of_the_script_is_found_before_somebody_runs_it(stock: Stock) -> None:
    for name in (layout.REPOSITORY_FILE, layout.server_file(SERVER)):
        (stock.folder / name).unlink()  # what is not there takes no time to read
    (stock.folder / layout.protected_file(SERVER, stock.full.backup_id)).unlink()
    path = stock.folder / layout.break_glass_file(SERVER, stock.full.backup_id)
    content, is_good = path.read_bytes(), stock.reader_of(path)
    assert is_good()
    with path.open("r+b", buffering=0) as file:
        for place, byte in enumerate(content):
            os.pwrite(file.fileno(), bytes([byte ^ 1 << place % 8]), place)
            assert not is_good(), f"byte {place}"
            os.pwrite(file.fileno(), bytes([byte]), place)
        assert is_good()
        for length in reversed(range(0, len(content), 97)):
            os.truncate(file.fileno(), length)
            assert not is_good(), f"cut to {length} bytes"


def test_every_object_that_is_missing_is_found_but_those_that_need_not_be(stock: Stock) -> None:
    may_be_missing = {"pgvigil-repository.json", "server.json", "protected.json", "expired.json"}
    for path in stock.files():
        content = path.read_bytes()
        path.unlink()
        assert stock.is_good() is (path.name in may_be_missing), stock.name(path)
        path.write_bytes(content)


def test_objects_in_each_others_place_are_found(stock: Stock) -> None:
    """Also those of the same name in two backups."""
    contents = {path: path.read_bytes() for path in stock.files()}
    for one, other in permutations(contents, 2):
        if contents[one] == contents[other]:
            continue  # both have the same script and the same note
        one.write_bytes(contents[other])
        assert not stock.is_good(), f"{stock.name(other)} in the place of {stock.name(one)}"
        one.write_bytes(contents[one])


def test_chunks_in_another_order_are_found(stock: Stock) -> None:
    """Chunks of one size in each order, one of them twice, and one left out."""
    path = stock.folder / layout.artifact_file(SERVER, stock.full.backup_id, "toc.dat")
    content = path.read_bytes()
    size = SEALING.chunk_bytes + 16
    count = -(-len(CONTENTS["toc.dat"]) // SEALING.chunk_bytes)
    last = len(content) - (count - 1) * size - (len(CONTENTS["toc.dat"]) % 48 + 16)
    header, body = content[:last], content[last:]
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    assert len(chunks) == count == 3
    orders = [order for length in (2, 3, 4) for order in _orders(range(count), length)]
    for order in orders:
        if order != tuple(range(count)):
            path.write_bytes(header + b"".join(chunks[number] for number in order))
            assert not stock.is_good(), order
    path.write_bytes(content)


def _orders(numbers: range, length: int) -> list[tuple[int, ...]]:
    if not length:
        return [()]
    return [(number, *rest) for number in numbers for rest in _orders(numbers, length - 1)]


def test_another_attempt_at_the_same_backup_is_not_taken_for_it(stock: Stock) -> None:
    """The same content under the same name and the same key, sealed once more."""
    path = stock.folder / layout.artifact_file(SERVER, stock.full.backup_id, "globals.sql")
    again = SEALING.full(0, CONTENTS, backup_id=stock.full.backup_id)
    content = again.objects[str(path.relative_to(stock.folder))]
    assert len(content) == path.stat().st_size
    path.write_bytes(content)
    assert not stock.is_good()
    for name in (layout.wraps_file, layout.manifest_file):  # with its own keys, and its manifest
        changed = name(SERVER, again.backup_id)
        (stock.folder / changed).write_bytes(again.objects[changed])
        assert not stock.is_good()
