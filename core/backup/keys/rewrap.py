"""All wraps of a repository: which keys open them, and how they come under a new one.

A rotation rewrites one ``wraps.json`` after another, each at once or not at all, and touches
nothing else. Killed in the middle it leaves backups of both kinds, all of which open with the keys
at hand; the next rotation goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from core.backup.keys.ring import KeyRing, OpeningKeys
from core.backup.keys.wrap import WrapMethod
from core.backup.keys.wraps_file import NAME, Wraps, read_wraps, write_wraps
from core.errors import DamagedArtifactError, KeyMissingError, PgvigilError
from core.model.keys import BackupKeyState, RotationReport


class Listed(Protocol):
    """An object of a repository."""

    @property
    def path(self) -> str:
        """Where it is below the repository's root; slashes part the steps."""
        ...


class WrapsPlace(Protocol):
    """What is needed of a repository to find and to rewrite the wraps in it."""

    @property
    def name(self) -> str:
        """Its name in the config."""
        ...

    def list(self, prefix: str = "") -> Iterable[Listed]:
        """Every object whose path begins with ``prefix``."""
        ...

    def read(self, path: str) -> bytes:
        """A small object whole."""
        ...

    def write(self, path: str, data: bytes) -> None:
        """A small object whole: the old one or the new one is there, at any instant."""
        ...


@dataclass(frozen=True, slots=True)
class WrapsObject:
    """A ``wraps.json`` in a repository, and whose it is."""

    path: str
    backup_id: str


def wraps_in(place: WrapsPlace) -> tuple[WrapsObject, ...]:
    """Every ``wraps.json`` of a repository, by path: that is, by server and time."""
    found = []
    for listed in place.list():
        parts = listed.path.split("/")
        if len(parts) == 3 and parts[2] == NAME:
            found.append(WrapsObject(listed.path, parts[1]))
    return tuple(sorted(found, key=lambda each: each.path))


def examine(place: WrapsPlace, keys: OpeningKeys) -> Iterator[BackupKeyState]:
    """Whether the keys at hand open every data key of each backup: tried, not guessed."""
    for found in wraps_in(place):
        state = BackupKeyState(place.name, found.backup_id)
        try:
            wraps = read_wraps(place.read(found.path), backup_id=found.backup_id)
            state = replace(state, key_ids=wraps.key_ids)
            _data_keys(wraps, keys)
        except PgvigilError as error:
            state = replace(state, problem=_told(error))
        yield state


def rotate(place: WrapsPlace, ring: KeyRing) -> Iterator[RotationReport]:
    """Bring every backup of a repository under the ring's primary key.

    Gives the report so far after each backup; one that can't be rewrapped keeps none from it. The
    caller sees to it that nobody prunes the repository meanwhile: a backup whose wraps were
    destroyed must not get them back.

    Raises:
        KeyMissingError: there is no primary key.
        RepositoryError: the repository can't be listed.
    """
    if ring.primary is None:
        raise nothing_to_rotate_to()
    report = RotationReport(ring.primary.key_id)
    for found in wraps_in(place):
        report = _rotated(place, ring, found, report)
        yield report
    yield report


def nothing_to_rotate_to() -> KeyMissingError:
    """What to say where no key seals new backups."""
    return KeyMissingError(
        "There is no key to rotate to",
        why="encryption is off, so that nothing is sealed with a key",
        remedy="set [encryption] enabled = true, and name the new key",
    )


def _rotated(
    place: WrapsPlace, ring: KeyRing, found: WrapsObject, report: RotationReport
) -> RotationReport:
    """``report`` with one more backup."""
    state = BackupKeyState(place.name, found.backup_id)
    try:
        content = place.read(found.path)
        report = replace(report, read_bytes=report.read_bytes + len(content))
        wraps = read_wraps(content, backup_id=found.backup_id)
        state = replace(state, key_ids=wraps.key_ids)
        if _is_under(report.key_id, wraps):
            _data_keys(wraps, ring)
            return replace(report, already=report.already + 1, latest=found.backup_id)
        written = _rewrap(place, ring, found, content, wraps)
    except PgvigilError as error:
        problems = (*report.problems, replace(state, problem=_told(error)))
        return replace(report, problems=problems, latest="")
    return replace(
        report,
        rewrapped=report.rewrapped + 1,
        latest=found.backup_id,
        read_bytes=report.read_bytes + len(content) + written,
        written_bytes=report.written_bytes + written,
        retired_key_ids=report.retired_key_ids | (wraps.key_ids - {report.key_id}),
    )


def _rewrap(
    place: WrapsPlace, ring: KeyRing, found: WrapsObject, content: bytes, wraps: Wraps
) -> int:
    """Write the new wraps, when it is proven that they open to the same; gives their bytes."""
    new = write_wraps(wraps.rotated(ring))
    before = _data_keys(wraps, ring)
    only_new = KeyRing(ring.primary)
    if _data_keys(read_wraps(new, backup_id=found.backup_id), only_new) != before:
        raise _changed(found, "the new wraps would not open to the same data keys")
    if place.read(found.path) != content:
        raise _changed(found, "somebody else has written wraps.json meanwhile")
    place.write(found.path, new)
    if place.read(found.path) != new:
        raise _changed(found, "what was written reads back otherwise")
    return len(new)


def _is_under(key_id: str, wraps: Wraps) -> bool:
    return all(each.key_id == key_id and each.method is not WrapMethod.NONE for each in wraps.wraps)


def _data_keys(wraps: Wraps, keys: OpeningKeys) -> dict[str, bytes]:
    """Every artifact's data key."""
    if not wraps.artifacts:
        raise KeyMissingError(
            f"The keys of backup {wraps.backup_id} are destroyed", why="it expired"
        )
    return {
        name: keys.unwrap(each, backup_id=wraps.backup_id)
        for name, each in wraps.by_artifact().items()
    }


def _changed(found: WrapsObject, why: str) -> DamagedArtifactError:
    return DamagedArtifactError(
        f"The keys of backup {found.backup_id} were not rotated",
        why=why,
        remedy="run the rotation again",
    )


def _told(error: PgvigilError) -> str:
    return f"{error.what}: {error.why}" if error.why else error.what
