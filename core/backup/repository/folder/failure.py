"""What a file system's refusal means to a person, and what to do about it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.backup.repository.problems import (
    ObjectMissingError,
    RepositoryFullError,
    RepositoryPathError,
    RepositoryRefusedError,
    RepositoryUnreachableError,
)
from core.errors import RepositoryError


@dataclass(frozen=True, slots=True)
class _Case:
    kind: type[RepositoryError]
    why: str
    remedy: str


_FULL = "free room there, or shorten the retention and prune; earlier backups are untouched"
_CASES = {
    errno.ENOSPC: _Case(RepositoryFullError, "the disk is full", _FULL),
    errno.EDQUOT: _Case(RepositoryFullError, "the quota of the disk is used up", _FULL),
    errno.EFBIG: _Case(
        RepositoryFullError,
        "the file is larger than the file system or a limit of the process allows",
        "see ulimit -f and the file system's own limit",
    ),
    errno.EROFS: _Case(
        RepositoryRefusedError,
        "the file system is mounted read-only",
        "look into dmesg: a disk with errors is often mounted again read-only",
    ),
    errno.EACCES: _Case(
        RepositoryRefusedError,
        "permission denied",
        "the folder has to belong to the user that pgvigil runs as, with mode 0700",
    ),
    errno.EPERM: _Case(
        RepositoryRefusedError,
        "the operation is not permitted",
        "see lsattr for files that are immutable, and whose the folder is",
    ),
    errno.ESTALE: _Case(
        RepositoryUnreachableError,
        "the network file system has lost the folder (stale file handle)",
        "mount it again, then run it again",
    ),
    errno.EIO: _Case(
        RepositoryUnreachableError,
        "the disk or the network file system failed (input/output error)",
        "look into dmesg and at the disk; verify the backups that are in this repository",
    ),
    errno.ETIMEDOUT: _Case(
        RepositoryUnreachableError,
        "the network file system does not answer",
        "see whether its server is up, then run it again",
    ),
    errno.ENXIO: _Case(
        RepositoryUnreachableError,
        "the device is gone",
        "see whether the disk is still there and mounted",
    ),
    errno.ELOOP: _Case(
        RepositoryPathError,
        "there is a symbolic link on the way, and none is followed inside a repository",
        "put the files themselves there, or name the folder that the link leads to as path",
    ),
    errno.ENOTDIR: _Case(
        RepositoryPathError,
        "there is a file or a symbolic link where a folder should be",
        "see what it is and move it out of the repository",
    ),
    errno.EISDIR: _Case(
        RepositoryPathError,
        "there is a folder where a file should be",
        "see what it is and move it out of the repository",
    ),
    errno.ENAMETOOLONG: _Case(
        RepositoryPathError, "the name is too long for the file system", "use a shorter path"
    ),
    errno.EMFILE: _Case(
        RepositoryUnreachableError,
        "this process has too many files open",
        "raise ulimit -n, or run with fewer workers",
    ),
    errno.ENOENT: _Case(
        ObjectMissingError, "it is not there", "pgvigil backup list shows what there is"
    ),
}


def failure(what: str, error: OSError) -> RepositoryError:
    """The error that a person is told for ``error``; ``what`` says what could not be done."""
    case = _CASES.get(error.errno or 0)
    if case is None:
        why = error.strerror or type(error).__name__
        return RepositoryError(what, why=why, remedy="look at the disk and into dmesg")
    return case.kind(what, why=case.why, remedy=case.remedy)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turn what the file system refuses into an error that says ``what`` could not be done."""
    try:
        yield
    except OSError as error:
        raise failure(what, error) from error


def close_quietly(descriptor: int) -> None:
    """Close what is of no use any more."""
    try:
        os.close(descriptor)
    except OSError:
        return
