"""What a verification found, told apart: a copy that is not good, or one that can't be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.backup import layout
from core.backup.repository.problems import (
    ObjectChangedError,
    ObjectMissingError,
    RepositoryPathError,
    RepositoryRefusedError,
    RepositoryUnreachableError,
)
from core.backup.repository.protocol import Repository
from core.errors import DamagedArtifactError, PgvigilError, RepositoryError, WrongKeyError
from core.model.backup import TableName

UNSOUND = "its parts don't fit together: "
"""How the problem of a copy begins that is not sound, though every byte is as it was sealed."""

UNREADABLE = (RepositoryUnreachableError, RepositoryRefusedError)
"""What says of a repository that it can't be read, and where it answers, that an object can't."""

_TOLD = 5

BAD: tuple[type[PgvigilError], ...] = (
    DamagedArtifactError,
    WrongKeyError,
    ObjectMissingError,
    ObjectChangedError,
    RepositoryPathError,
)
"""What says by itself that a copy is not good; see ``is_bad``."""


@dataclass(frozen=True, slots=True)
class ArtifactProblem:
    """What is wrong with one object of a copy; ``backup_id`` is the backup in whose folder it is.

    ``table`` is there where the object holds a table's rows.
    """

    backup_id: str
    name: str
    why: str
    table: TableName | None = None

    def __str__(self) -> str:
        table = f" ({self.table.schema}.{self.table.name})" if self.table else ""
        return f"{self.name}{table} of {self.backup_id}: {self.why}"


class DamagedCopyError(DamagedArtifactError):
    """One copy of a backup is not good; ``problems`` has each object that is not."""

    def __init__(
        self, backup_id: str, repository: str, problems: Sequence[ArtifactProblem]
    ) -> None:
        super().__init__(
            f"The copy of backup {backup_id} in {repository} is not good",
            why=_joined([str(each) for each in problems]),
            remedy="another copy that is good repairs it: pgvigil backup verify;"
            " where there is none, take a full backup now",
        )
        self.problems = tuple(problems)


class UnsoundBackupError(DamagedArtifactError):
    """A backup whose bytes are those that were sealed, but don't fit together; in every copy."""

    def __init__(self, backup_id: str, problems: Sequence[str]) -> None:
        super().__init__(
            f"Backup {backup_id} is not sound",
            why=UNSOUND + _joined(problems),
            remedy="take a full backup now, and report this: it should not have been committed",
        )
        self.problems = tuple(problems)


def is_bad(error: PgvigilError, repository: Repository) -> bool:
    """Whether an error says that a copy there is not good, and not just that it can't be judged.

    What can't be read though its repository answers is lost as surely as what is damaged.
    """
    if isinstance(error, UNREADABLE):
        return _answers(repository)
    return isinstance(error, BAD)


def _answers(repository: Repository) -> bool:
    """Whether a repository can be read at all: then it is the object that can't."""
    try:
        repository.read(layout.REPOSITORY_FILE)
    except RepositoryError:
        return False
    return True


def _joined(problems: Sequence[str]) -> str:
    more = len(problems) - _TOLD
    return "; ".join(problems[:_TOLD]) + (f"; and {more} more" if more > 0 else "")


def reason_of(error: PgvigilError) -> str:
    """The error in one line."""
    return f"{error.what}: {error.why}" if error.why else error.what
