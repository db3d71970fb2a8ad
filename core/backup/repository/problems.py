"""What can go wrong with a repository, told apart as far as it matters to whoever handles it."""

from __future__ import annotations

from core.errors import RepositoryError


class ObjectMissingError(RepositoryError):
    """There is no object of this name."""


class ObjectChangedError(RepositoryError):
    """An object is not what it was, or not what was written."""


class ObjectLockedError(RepositoryError):
    """An object may not be changed or deleted: a lock holds it."""


class RepositoryMissingError(RepositoryError):
    """The folder or the bucket itself is not there."""


class RepositoryRefusedError(RepositoryError):
    """Credentials or permissions don't suffice, or the server does not believe our clock."""


class RepositoryFullError(RepositoryError):
    """There is no room left."""


class RepositoryUnreachableError(RepositoryError):
    """The repository did not answer, or answered with failures, for as long as was tried."""


class RepositoryPathError(RepositoryError):
    """A name that can't be an object's."""
