"""What a repository itself says of a backup's fate: that a person keeps it, or that it expired.

Hosts with stores of their own share a repository; what all of them must know stands there.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.backup import layout
from core.backup.documents import read_document, text_in, write_document
from core.backup.repository.problems import ObjectMissingError
from core.backup.repository.protocol import Deletion, Repository
from core.errors import DamagedArtifactError

_PROTECTED, _EXPIRED = "pgvigil protection", "pgvigil expiry"
_DESTROYING, _RESTORED = "pgvigil destruction", "pgvigil restore"

# Nothing was marked in other years; with these, a time zone or a time of grace can be added.
_YEARS = range(2000, 9000)


@dataclass(frozen=True, slots=True)
class Protection:
    """Why a backup is kept, who wants that, and since when."""

    reason: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Destruction:
    """Who destroys a backup, and since when; ``token`` tells two apart that do so at once."""

    token: str
    who: str
    at: datetime

    @classmethod
    def begin(cls, who: str, at: datetime) -> Destruction:
        """One that nobody else has."""
        return cls(secrets.token_hex(8), who, at)


def write_protection(
    repository: Repository, server: str, backup_id: str, protection: Protection
) -> None:
    """Have the repository say that the backup is kept."""
    content = {
        "backup_id": backup_id,
        "reason": protection.reason,
        "who": protection.who,
        "at": protection.at.isoformat(),
    }
    path = layout.protected_file(server, backup_id)
    repository.write(path, write_document(_PROTECTED, content))


def read_protection(repository: Repository, server: str, backup_id: str) -> Protection | None:
    """Why the backup is kept; ``None`` where nobody keeps it.

    Raises:
        DamagedArtifactError: the repository says so, and why can't be read.
        NewerFormatError: a newer pgvigil wrote it.
        RepositoryError: the repository can't be read.
    """
    path = layout.protected_file(server, backup_id)
    try:
        document = _read(repository, path, _PROTECTED, backup_id)
    except ObjectMissingError:
        return None
    reason, who = text_in(document, "reason", path), text_in(document, "who", path)
    return Protection(reason, who, _moment(text_in(document, "at", path), path))


def clear_protection(repository: Repository, server: str, backup_id: str) -> Deletion:
    """Have the repository say no more that the backup is kept."""
    return repository.hide([layout.protected_file(server, backup_id)])


def write_expiry(repository: Repository, server: str, backup_id: str, at: datetime) -> None:
    """Have the repository say that the backup's time of grace began at ``at``."""
    content = {"backup_id": backup_id, "at": at.isoformat()}
    repository.write(layout.expired_file(server, backup_id), write_document(_EXPIRED, content))


def read_expiry(repository: Repository, server: str, backup_id: str) -> datetime | None:
    """When the backup's time of grace began; ``None`` where it did not.

    Raises:
        DamagedArtifactError: the repository says so, and when can't be read.
        NewerFormatError: a newer pgvigil wrote it.
        RepositoryError: the repository can't be read.
    """
    path = layout.expired_file(server, backup_id)
    try:
        document = _read(repository, path, _EXPIRED, backup_id)
    except ObjectMissingError:
        return None
    return _moment(text_in(document, "at", path), path)


def clear_expiry(repository: Repository, server: str, backup_id: str) -> Deletion:
    """Have the repository say no more that the backup has expired."""
    return repository.hide([layout.expired_file(server, backup_id)])


def write_restored(repository: Repository, server: str, backup_id: str, at: datetime) -> None:
    """Have the repository say that a restore has proven the backup, known since ``at``."""
    content = {"backup_id": backup_id, "at": at.isoformat()}
    repository.write(layout.restored_file(server, backup_id), write_document(_RESTORED, content))


def announce_destruction(
    repository: Repository, server: str, backup_id: str, destruction: Destruction
) -> None:
    """Have the repository say that the backup is about to be destroyed."""
    content = {
        "backup_id": backup_id,
        "who": destruction.who,
        "at": destruction.at.isoformat(),
    }
    path = layout.destroying_file(server, backup_id, destruction.token)
    repository.write(path, write_document(_DESTROYING, content))


def withdraw_destruction(
    repository: Repository, server: str, backup_id: str, destruction: Destruction
) -> Deletion:
    """Have the repository say no more that the backup is about to be destroyed."""
    return repository.hide([layout.destroying_file(server, backup_id, destruction.token)])


def destructions(repository: Repository, server: str, backup_id: str) -> tuple[Destruction, ...]:
    """Who destroys the backup, as the repository says; of one that can't be read, as it is dated.

    Raises:
        NewerFormatError: a newer pgvigil wrote one.
        RepositoryError: the repository can't be read.
    """
    prefix = layout.destroying_prefix(server, backup_id)
    found = []
    for each in repository.list(prefix):
        token = each.path.removeprefix(prefix).removesuffix(".json")
        try:
            document = _read(repository, each.path, _DESTROYING, backup_id)
            at = _moment(text_in(document, "at", each.path), each.path)
            found.append(Destruction(token, text_in(document, "who", each.path), at))
        except ObjectMissingError:
            continue
        except DamagedArtifactError:
            found.append(Destruction(token, "somebody", each.modified_at))
    return tuple(found)


def _read(repository: Repository, path: str, kind: str, backup_id: str) -> dict[str, Any]:
    document = read_document(repository.read(path), kind, path)
    if text_in(document, "backup_id", path) != backup_id:
        raise DamagedArtifactError(f"{path} is damaged", why="it is that of another backup")
    return document


def _moment(text: str, path: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year not in _YEARS:
        raise DamagedArtifactError(f"{path} is damaged", why=f"{text!r} is no moment")
    return moment
