"""One exception family: what happened, why, and what to do next."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command line returns to the shell; 0-3 mean what monitoring plugins mean by them."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3
    USAGE = 64
    CONFIG = 78


class PgvigilError(Exception):
    """An error that a person reads: ``what`` happened, ``why``, and the ``remedy``."""

    exit_code: ExitCode = ExitCode.UNKNOWN

    def __init__(self, what: str, *, why: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.remedy = remedy

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.remedy:
            lines.append(f"  do:  {self.remedy}")
        return "\n".join(lines)


class ConfigError(PgvigilError):
    """The configuration can't be used."""

    exit_code = ExitCode.CONFIG


class ServerError(PgvigilError):
    """A PostgreSQL server refused, failed or could not be reached."""


class StoreError(PgvigilError):
    """The store could not be opened, read or written."""


class StoreNotReadyError(StoreError):
    """The store has not been made or migrated yet; a watcher that starts does that."""


class LeaseLostError(StoreError):
    """A write carried a fencing token that is no longer the newest."""


class BackupError(PgvigilError):
    """A backup could not be taken, read or proven."""


class PreflightError(BackupError):
    """A backup would not hold everything, or could not be finished: it is not begun."""


class RepositoryError(BackupError):
    """A repository refused, failed or could not be reached."""


class ForeignRepositoryError(RepositoryError):
    """A repository holds the backups of another server."""


class NewerFormatError(BackupError):
    """Something was written by a newer pgvigil."""


class DamagedArtifactError(BackupError):
    """Sealed bytes are not those that were written: changed, cut, extended, moved or swapped."""


class ManifestError(DamagedArtifactError):
    """A manifest is not what it should be."""


class KeyMissingError(BackupError):
    """The key that something was sealed with is not here."""


class WrongKeyError(BackupError):
    """A key is here, but is not the one that something was sealed with."""


class RestoreError(PgvigilError):
    """A restore could not be planned, done or undone; it says how things stand."""


class HookError(PgvigilError):
    """A program that runs before or after a job could not be run, failed, or took too long."""


class CancelledError(PgvigilError):
    """A person cancelled a job."""


class DemoError(PgvigilError):
    """The demonstration server could not be set up."""
