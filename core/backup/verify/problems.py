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

FAILING = RepositoryUnreachableError
"""What says of a repository that it fails, and where it answers, that an object can't be read."""

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

    ``table`` is there where the object holds a table's rows. Where the repository refuses to give
    the object out (``is_refused``), nothing is known of it; ``remedy`` is what has it read again.
    """

    backup_id: str
    name: str
    why: str
    table: TableName | None = None
    is_refused: bool = False
    remedy: str = ""

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
        self.backup_id = backup_id
        self.repository = repository
        self.problems = tuple(problems)


class RefusedCopyError(RepositoryRefusedError):
    """One copy of a backup is there, and its repository, which answers, won't give it out.

    Its parts are where they should be as far as can be told: that is no damage.
    """

    def __init__(
        self, backup_id: str, repository: str, problems: Sequence[ArtifactProblem]
    ) -> None:
        super().__init__(
            f"The copy of backup {backup_id} in {repository} can't be read",
            why=_joined([str(each) for each in problems]),
            remedy=problems[0].remedy,
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

    What fails though its repository answers is lost as surely as what is damaged; what is refused
    is not: see ``is_refused``.
    """
    if isinstance(error, FAILING):
        return _answers(repository)
    return isinstance(error, BAD)


def is_damage(error: PgvigilError, repository: Repository) -> bool:
    """Whether an error proves that an object there is damaged or lost.

    Narrower than ``is_bad``: what could not be read once, or changed meanwhile, is left to a
    verification, which has the patience to judge it.
    """
    proves = isinstance(error, (DamagedArtifactError, WrongKeyError, ObjectMissingError))
    return proves and _answers(repository)


def is_refused(error: PgvigilError, repository: Repository) -> bool:
    """Whether an error says that an object there is not given out, while others are.

    An archive class, a key of the provider's or a policy holds it: what it is can't be told, and
    who has the right to it can have it back.
    """
    return isinstance(error, RepositoryRefusedError) and _answers(repository)


def problem_of(
    error: PgvigilError,
    repository: Repository,
    backup_id: str,
    name: str,
    table: TableName | None = None,
) -> ArtifactProblem:
    """What an error says of one object.

    Raises:
        PgvigilError: ``error`` itself, where it says nothing of the object.
    """
    if is_refused(error, repository):
        why = reason_of(error)
        return ArtifactProblem(backup_id, name, why, table, is_refused=True, remedy=error.remedy)
    if is_bad(error, repository):
        return ArtifactProblem(backup_id, name, reason_of(error), table)
    raise error


def check_none(backup_id: str, repository: str, problems: Sequence[ArtifactProblem]) -> None:
    """Nothing, where there are none.

    Raises:
        DamagedCopyError: the copy is not good, whatever can't be read of it besides.
        RefusedCopyError: some of it can't be read, and the rest is good.
    """
    if bad := [each for each in problems if not each.is_refused]:
        raise DamagedCopyError(backup_id, repository, bad)
    if problems:
        raise RefusedCopyError(backup_id, repository, problems)


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
