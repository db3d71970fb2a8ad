"""Of a small backup every byte of every object is changed, and each object cut at each length.

Verification has to find all of it. A backup of a few kilobytes in a folder, sealed with small
chunks, so that there are several in an artifact: thousands of changes in some seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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

    def is_good(self, changed: Path | None = None) -> bool:
        """Whether both are, or the one that what was changed is a part of."""
        verifier = CopyVerifier(self.repository, SERVER, SEALING.ring, SilentReporter())
        is_of_step = changed is not None and self.step.backup_id in changed.parts
        only = None if changed is None else self.step if is_of_step else self.full
        try:
            for each in (self.full, self.step) if only is None else (only,):
                verifier.verify(each.backup_id, each.manifest, SEALED)
        except BackupError:
            return False
        return True

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file())

    def name(self, path: Path) -> str:
        return str(path.relative_to(self.folder))


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
    """Everything but the long script, of which a part must do: a digest covers all of it alike."""
    return [path for path in stock.files() if path.name != "break-glass.py"]


def test_every_changed_byte_is_found(stock: Stock) -> None:
    tried = 0
    for path in small(stock):
        content = path.read_bytes()
        for place in range(len(content)):
            path.write_bytes(
                content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :]
            )
            assert not stock.is_good(path), f"{stock.name(path)}, byte {place}"
            tried += 1
        path.write_bytes(content)
    assert tried > 7000


def test_every_cut_and_every_extension_is_found(stock: Stock) -> None:
    for path in small(stock):
        content = path.read_bytes()
        for length in range(len(content)):
            path.write_bytes(content[:length])
            assert not stock.is_good(path), f"{stock.name(path)}, cut to {length} bytes"
        for more in (b"\0", b"\n", b" ", content):
            path.write_bytes(content + more)
            assert not stock.is_good(), f"{stock.name(path)}, with {more[:9]!r} behind it"
        path.write_bytes(content)


def test_a_changed_script_is_found_before_somebody_runs_it(stock: Stock) -> None:
    for path in (each for each in stock.files() if each.name == "break-glass.py"):
        content = path.read_bytes()
        for place in range(0, len(content), 97):
            path.write_bytes(content[:place] + b"#" + content[place + 1 :])
            is_same = content[place : place + 1] == b"#"
            assert stock.is_good() is is_same, f"byte {place}"
            path.write_bytes(content[:place])
            assert not stock.is_good(), f"cut to {place} bytes"
        path.write_bytes(content)


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
