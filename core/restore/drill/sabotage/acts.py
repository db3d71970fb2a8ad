"""What is done to the copy: each act is undone afterwards, so that the next finds it whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.backup.keys.ring import OpeningKeys
from core.backup.repository.problems import ObjectMissingError
from core.backup.seal.header import MAGIC
from core.errors import (
    DamagedArtifactError,
    KeyMissingError,
    NewerFormatError,
    PgvigilError,
    WrongKeyError,
)
from core.restore.drill.sabotage.copy import PrivateCopy

_UNKNOWN_VERSION = 0xFF


@dataclass(frozen=True, slots=True)
class Act:
    """One act of sabotage, what pgvigil must say of it, and what a person would do then.

    Within ``spoilt`` the copy is spoilt; it gives the keys at hand meanwhile.
    """

    name: str
    done: str
    spoilt: Callable[[PrivateCopy], AbstractContextManager[OpeningKeys]]
    expected: tuple[type[PgvigilError], ...]
    person: str


@contextmanager
def _without_keys(copy: PrivateCopy) -> Iterator[OpeningKeys]:
    del copy
    yield OpeningKeys(())


@contextmanager
def _flipped(copy: PrivateCopy) -> Iterator[OpeningKeys]:
    path = copy.file_of(copy.largest)
    with _byte_changed(path, path.stat().st_size // 2, lambda byte: byte ^ 1):
        yield copy.keys


@contextmanager
def _of_another_version(copy: PrivateCopy) -> Iterator[OpeningKeys]:
    with _byte_changed(copy.file_of(copy.largest), len(MAGIC), lambda _: _UNKNOWN_VERSION):
        yield copy.keys


@contextmanager
def _lost(copy: PrivateCopy) -> Iterator[OpeningKeys]:
    with _moved_aside(copy.file_of(copy.largest)):
        yield copy.keys


@contextmanager
def _without_manifest(copy: PrivateCopy) -> Iterator[OpeningKeys]:
    with _moved_aside(copy.manifest_file):
        yield copy.keys


@contextmanager
def _cut(copy: PrivateCopy) -> Iterator[OpeningKeys]:
    path = copy.file_of(copy.largest)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size - 1)
        last = file.read(1)
        file.truncate(size - 1)
    try:
        yield copy.keys
    finally:
        with path.open("ab") as file:
            file.write(last)


@contextmanager
def _byte_changed(path: Path, at: int, change: Callable[[int], int]) -> Iterator[None]:
    def write(byte: bytes) -> None:
        with path.open("r+b") as file:
            file.seek(at)
            file.write(byte)

    with path.open("rb") as file:
        file.seek(at)
        was = file.read(1)
    write(bytes([change(was[0])]))
    try:
        yield
    finally:
        write(was)


@contextmanager
def _moved_aside(path: Path) -> Iterator[None]:
    aside = path.with_name(f"{path.name}.aside")
    path.rename(aside)
    try:
        yield
    finally:
        aside.rename(path)


KEY_REMOVED = Act(
    "key removed",
    "the keys at hand were taken away",
    _without_keys,
    (KeyMissingError,),
    "Bring the key back: from the host's own backup, or from paper with pgvigil key import; then"
    " pgvigil key verify.",
)

ACTS = (
    Act(
        "byte flipped",
        "one bit in the middle of the largest artifact was turned over",
        _flipped,
        (DamagedArtifactError, WrongKeyError),
        "Restore from another copy (--from), then pgvigil backup verify, which writes the damaged"
        " one anew from a sound one.",
    ),
    Act(
        "file cut short",
        "the last byte of the largest artifact was cut off",
        _cut,
        (DamagedArtifactError, WrongKeyError),
        "Restore from another copy (--from); see whether the repository's disk is full or failing.",
    ),
    Act(
        "file lost",
        "the largest artifact was removed",
        _lost,
        (ObjectMissingError,),
        "Restore from another copy (--from); ask who deletes in the repository, and let nobody.",
    ),
    Act(
        "manifest lost",
        "the manifest, which is written last, was removed",
        _without_manifest,
        (ObjectMissingError,),
        "Restore from another copy (--from); without one, an older backup (--before).",
    ),
    Act(
        "wrong version",
        "the largest artifact was made to say that a newer pgvigil wrote it",
        _of_another_version,
        (NewerFormatError,),
        "Restore with the pgvigil that took the backup, or a newer one.",
    ),
)
"""Those of a copy, whether it is encrypted or not."""
