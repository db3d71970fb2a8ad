"""The names of everything in a repository; docs/backup-repositories.md tells them to people.

::

    pgvigil-repository.json
    <server>/server.json
    <server>/<backup id>/break-glass.py, README.txt
    <server>/<backup id>/artifacts/<name>.sealed
    <server>/<backup id>/wraps.json
    <server>/<backup id>/manifest.sealed
    <server>/<backup id>/protected.json, expired.json, restored.json
    <server>/<backup id>/destroying-<who>.json
    <server>/<backup id>/running.json
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from core.errors import BackupError
from core.model.backup import BackupKind

REPOSITORY_FILE = "pgvigil-repository.json"

_SERVER_FILE = "server.json"
_BREAK_GLASS = "break-glass.py"
_README = "README.txt"
_ARTIFACTS = "artifacts"
_SEALED = ".sealed"
_WRAPS = "wraps.json"
_MANIFEST = "manifest.sealed"
_PROTECTED = "protected.json"
_EXPIRED = "expired.json"
_RESTORED = "restored.json"
_DESTROYING = "destroying-"
_RUNNING = "running.json"

_MOMENT = "%Y%m%dT%H%M%SZ"
_FIGURES = r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z"
_KINDS = "|".join(BackupKind)
_BACKUP_ID = re.compile(rf"{_FIGURES}-({_KINDS})-([0-9a-f]{{8}})", re.ASCII)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_LONGEST_NAME = 200
_SERVERS_KNOWN = 256


@dataclass(frozen=True, slots=True)
class BackupName:
    """What a backup's id says: the second in which it began, and its kind."""

    started_at: datetime
    kind: BackupKind
    suffix: str

    def __str__(self) -> str:
        return f"{self.started_at.astimezone(UTC):{_MOMENT}}-{self.kind}-{self.suffix}"


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """Whose backup it is, and which: a folder of a repository."""

    server: str
    backup_id: str


def new_backup_id(started_at: datetime, kind: BackupKind) -> str:
    """An id that sorts by time, and that two hosts in the same second don't share."""
    return str(BackupName(started_at, kind, secrets.token_hex(4)))


def parse_backup_id(backup_id: str) -> BackupName | None:
    """What ``backup_id`` says; ``None`` where it is none."""
    found = _BACKUP_ID.fullmatch(backup_id)
    if found is None:
        return None
    *figures, kind, suffix = found.groups()
    try:
        # A repository's list has an id in each line: strptime takes ten times as long.
        year, month, day, hour, minute, second = map(int, figures)
        started_at = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return BackupName(started_at, BackupKind(kind), suffix)


def server_folder(server: str) -> str:
    """Everything of one server; ends with a slash, as a prefix to list by."""
    return f"{encoded_server(server)}/"


def server_file(server: str) -> str:
    """Which cluster the server is: its system identifier."""
    return server_folder(server) + _SERVER_FILE


def backup_folder(server: str, backup_id: str) -> str:
    """Everything of one backup; ends with a slash, as a prefix to list by.

    Raises:
        BackupError: ``backup_id`` is none.
    """
    if parse_backup_id(backup_id) is None:
        raise BackupError(
            f"{backup_id!r} is not the id of a backup",
            why="an id is like 20261121T020000Z-full-0a1b2c3d",
            remedy="pgvigil backup list shows them",
        )
    return f"{server_folder(server)}{backup_id}/"


def artifact_file(server: str, backup_id: str, name: str) -> str:
    """One sealed artifact.

    Raises:
        BackupError: ``name`` is not made of letters, digits, dots, dashes and underscores alone.
    """
    if not _PLAIN_NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise BackupError(
            f"{name!r} can't be an artifact's name",
            why="names have letters, digits, dots, dashes and underscores, and at most 200 of them",
        )
    return f"{backup_folder(server, backup_id)}{_ARTIFACTS}/{name}{_SEALED}"


def break_glass_file(server: str, backup_id: str) -> str:
    """The script that opens the backup without pgvigil."""
    return backup_folder(server, backup_id) + _BREAK_GLASS


def readme_file(server: str, backup_id: str) -> str:
    """What to do with the backup, for who finds it."""
    return backup_folder(server, backup_id) + _README


def wraps_file(server: str, backup_id: str) -> str:
    """The wrapped data keys: without them nothing of the backup can be read any more."""
    return backup_folder(server, backup_id) + _WRAPS


def manifest_file(server: str, backup_id: str) -> str:
    """What is written last: where it is, the backup is."""
    return backup_folder(server, backup_id) + _MANIFEST


def protected_file(server: str, backup_id: str) -> str:
    """Why a person wants the backup kept; it is there while somebody does."""
    return backup_folder(server, backup_id) + _PROTECTED


def expired_file(server: str, backup_id: str) -> str:
    """Since when nothing keeps the backup; it is there during its time of grace."""
    return backup_folder(server, backup_id) + _EXPIRED


def restored_file(server: str, backup_id: str) -> str:
    """That a restore has proven the backup, from whichever copy."""
    return backup_folder(server, backup_id) + _RESTORED


def destroying_prefix(server: str, backup_id: str) -> str:
    """What the names of all begin with that say that somebody destroys the backup."""
    return backup_folder(server, backup_id) + _DESTROYING


def destroying_file(server: str, backup_id: str, token: str) -> str:
    """That one prune, whose ``token`` is hexadecimal and its own, destroys the backup."""
    return f"{destroying_prefix(server, backup_id)}{token}.json"


def running_file(server: str, backup_id: str) -> str:
    """That somebody is still writing the backup; its own time says when that was last so."""
    return backup_folder(server, backup_id) + _RUNNING


def place_of(path: str) -> BackupPlace | None:
    """The backup that an object belongs to; ``None`` where it belongs to none."""
    server, _, rest = path.partition("/")
    backup_id, slash, _ = rest.partition("/")
    name = decoded_server(server)
    if name is None or not slash or parse_backup_id(backup_id) is None:
        return None
    return BackupPlace(name, backup_id)


@lru_cache(maxsize=_SERVERS_KNOWN)
def encoded_server(server: str) -> str:
    """A server's name as a folder's: what is not plain is written as ``=`` and hexadecimal.

    ``=`` and not ``%``, which tools of S3 and of the web decode on their way.

    Raises:
        BackupError: the name is empty or too long for a folder.
    """
    plain = "".join(
        character if _is_plain(character, index) else _escaped(character)
        for index, character in enumerate(server)
    )
    if not plain or len(plain) > _LONGEST_NAME:
        raise BackupError(
            f"{server[:60]!r} can't have a folder in a repository",
            why="the name is empty" if not plain else "the name is too long",
            remedy="give the server a shorter name in the config",
        )
    return plain


@lru_cache(maxsize=_SERVERS_KNOWN)
def decoded_server(folder: str) -> str | None:
    """The server whose folder it is; ``None`` where the name was not made by ``encoded_server``."""
    try:
        raw = re.sub(
            rb"=([0-9a-f]{2})", lambda found: bytes.fromhex(found[1].decode()), folder.encode()
        )
        server = raw.decode()
        return server if encoded_server(server) == folder else None
    except (UnicodeDecodeError, UnicodeEncodeError, BackupError):
        return None


def _is_plain(character: str, index: int) -> bool:
    if not character.isascii():
        return False
    return character.isalnum() or character == "_" or (character in "-." and index > 0)


def _escaped(character: str) -> str:
    return "".join(f"={byte:02x}" for byte in character.encode())
