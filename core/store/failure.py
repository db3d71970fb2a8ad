"""What a failure of the store's database means to a person, and what to do about it."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from core.errors import StoreError, StoreNotReadyError

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_NOT_ALLOWED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def primary_code(error: BaseException) -> int:
    """SQLite's primary result code, 0 where ``error`` is not from SQLite."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def explain_sqlite(error: BaseException, path: Path) -> StoreError:
    """What ``error`` says about the store file at ``path``.

    The primary result code decides: https://sqlite.org/rescode.html.
    """
    code = primary_code(error)
    said = str(error)
    if code == sqlite3.SQLITE_FULL or _no_space(path, code):
        return StoreError(
            f"No space is left for the store {path}",
            why=said,
            remedy=f"free space on the file system of {path.parent}; nothing recorded is lost, "
            "and recording goes on by itself once there is space",
        )
    if code in _BUSY:
        return StoreError(
            f"The store is locked by another process: {path}",
            why=said,
            remedy=f"see who holds it (fuser -v {path}) and end it, or wait and try again",
        )
    if code in _DAMAGED:
        return StoreError(
            f"The store is damaged or is not a store: {path}",
            why=said,
            remedy=f"keep it for a look and start afresh: stop pgvigil, then "
            f"mv {path} {path}.damaged; for what can still be read: "
            f"sqlite3 {path}.damaged .recover",
        )
    if code in _NOT_ALLOWED:
        return _read_only(path, said)
    if code == sqlite3.SQLITE_CANTOPEN:
        return _cannot_open(path, said)
    return StoreError(
        f"The store failed: {path}", why=said, remedy="look at the disk and its file system"
    )


def explain_os_error(error: OSError, path: Path) -> StoreError:
    """Why the file or folder of the store at ``path`` could not be made."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(
            f"No space is left for the store {path}",
            why=str(error),
            remedy=f"free space on the file system of {path.parent}",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _read_only(path, str(error))
    return StoreError(
        f"The store can't be made: {path}",
        why=str(error),
        remedy="give a folder that you may write to: --state-folder, or without it XDG_STATE_HOME",
    )


def is_there(path: Path) -> bool:
    """Whether there is a file at ``path``.

    Raises:
        StoreError: its folder can't be entered, so that nobody can tell.
    """
    try:
        return path.exists()
    except OSError as error:
        raise explain_os_error(error, path) from error


def missing(path: Path) -> StoreNotReadyError:
    """Nobody has made a store at ``path`` yet."""
    return StoreNotReadyError(
        f"There is no store at {path}",
        why="no watcher has been started there yet",
        remedy="start one with `pgvigil serve`, or open a console",
    )


def _read_only(path: Path, said: str) -> StoreError:
    return StoreError(
        f"The store can't be written to: {path}",
        why=said,
        remedy=f"make the folder {path.parent} and {path.name}* in it belong to this user "
        "(chown, chmod u+rwX), or give another one: --state-folder, or without it XDG_STATE_HOME",
    )


def _cannot_open(path: Path, said: str) -> StoreError:
    try:
        if not is_there(path):
            return missing(path)
    except StoreError as error:
        return error
    if not os.access(path, os.R_OK | os.W_OK) or not os.access(path.parent, os.W_OK | os.X_OK):
        return _read_only(path, said)
    return StoreError(
        f"The store can't be opened: {path}", why=said, remedy=f"look at it: ls -la {path.parent}"
    )


def _no_space(path: Path, code: int) -> bool:
    """Whether an input/output error comes from a full file system."""
    if code != sqlite3.SQLITE_IOERR:
        return False
    try:
        room = os.statvfs(path.parent)
    except OSError:
        return False
    return room.f_bavail == 0


def explain_postgresql(error: DBAPIError, location: str) -> StoreError:
    """What ``error`` says about the store at ``location`` (which has no password in it).

    The class of the SQLSTATE decides: PostgreSQL documentation, appendix A. libpq gives none for a
    connection that was refused, so there the text does.
    """
    said = str(error.orig).strip()
    if "statement pooling mode" in said:
        return StoreError(
            f"The store is behind a pooler in statement mode: {location}",
            why=said,
            remedy="pool_mode = transaction or session for that database, or the server's own "
            "address in [store] url",
        )
    state = getattr(error.orig, "sqlstate", None) or _state_of_refusal(said)
    for prefixes, what, remedy in _STATES:
        if state.startswith(prefixes):
            return StoreError(what.format(location), why=said, remedy=remedy)
    if state:
        return StoreError(
            f"The store failed: {location}", why=said, remedy="look at that server's log"
        )
    return StoreError(
        f"The store can't be reached: {location}",
        why=said,
        remedy="see whether that server runs and can be reached from here; recording goes on by "
        "itself once it can",
    )


def _state_of_refusal(said: str) -> str:
    for pattern, state in _REFUSALS:
        if pattern.search(said):
            return state
    return ""


_REFUSALS = (
    (re.compile(r"database \"[^\n]*\" does not exist"), "3D000"),
    (
        re.compile(
            r"password authentication failed|no password supplied|no pg_hba\.conf entry"
            r"|role \"[^\n]*\" (does not exist|is not permitted to log in)"
        ),
        "28000",
    ),
)

_STATES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("53100",),
        "No space is left for the store {}",
        "free space on that server; recording goes on by itself once there is space",
    ),
    (
        ("55P03", "40P01", "57014"),
        "The store is locked by another process: {}",
        "see who holds the lock in that server's pg_stat_activity, or wait and try again",
    ),
    (
        ("42501", "25006"),
        "The store can't be written to: {}",
        "give the role CREATE on the schema of the store, and use a primary, not a standby",
    ),
    (
        ("28",),
        "The store refuses the role or its password: {}",
        "correct [store] url, or password_env, password_file or password_command there",
    ),
    (("3D000",), "The store is a database that does not exist: {}", "create it: CREATE DATABASE …"),
    (("XX001", "XX002"), "The store is damaged: {}", "restore that database from its backup"),
    (
        ("08", "57P", "53"),
        "The store can't be reached: {}",
        "see whether that server runs and has a connection to spare; recording goes on by itself "
        "once it has",
    ),
)
