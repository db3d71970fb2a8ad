"""A key as text: what stands in a key file, a variable, a keyring, or on paper.

Lines that begin with ``#`` say nothing; the rest is the key as ``recovery`` writes it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.recovery import from_recovery, recovery_lines
from core.errors import KeyMissingError, WrongKeyError

_MODE = 0o600
_MOST_BYTES = 4096


def key_text(key: KeyEncryptionKey) -> str:
    """The text of a key file."""
    head = (
        f"# pgvigil key {key.key_id}",
        "# Whoever has it can read the backups that were sealed with it; without it nobody can.",
    )
    return "\n".join((*head, *recovery_lines(key), ""))


def key_from_text(text: str) -> KeyEncryptionKey:
    """The key that ``text`` holds.

    Raises:
        WrongKeyError: it is cut, mistyped, or no key.
    """
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return from_recovery(" ".join(lines))


def read_secret_file(path: Path, what: str) -> str:
    """The text of a file that nobody but its owner can read or write; ``what`` names it to people.

    Raises:
        KeyMissingError: it is not there, not readable, no text, or open to others.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise KeyMissingError(
                    f"{what} is no ordinary file: {path}", remedy="name the file with the key"
                )
            _refuse_open_to_others(status.st_mode, path, what)
            content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise KeyMissingError(
            f"{what} is not there: {path}",
            why="there is no such file",
            remedy="bring it back from where a copy is kept (`pgvigil key import` takes it from "
            "paper); if there never was one: `pgvigil key init`",
        ) from None
    except (OSError, ValueError) as error:
        raise KeyMissingError(
            f"{what} can't be read: {path}",
            why=getattr(error, "strerror", None) or str(error),
            remedy="check the path, and that you may read the file",
        ) from error
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or len(content) > _MOST_BYTES:
        raise KeyMissingError(
            f"{what} is not the text that it should be: {path}",
            why=f"it is no UTF-8, empty, or larger than {_MOST_BYTES} bytes",
            remedy="see whether the path names another file",
        )
    return text


def write_key_file(path: Path, key: KeyEncryptionKey) -> None:
    """A new file for its owner's eyes only, whole and durable; one that is there stays as it is.

    It is written under another name and then linked to its own, which fails where there is a file:
    at no instant is there half a key.

    Raises:
        KeyMissingError: there is a file already, or none can be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "w"
        ) as out:
            out.write(key_text(key))
            out.flush()
            os.fsync(out.fileno())
        os.link(unfinished, path)
    except FileExistsError:
        raise KeyMissingError(
            f"There is a file already: {path}",
            why="a key is never overwritten: backups may need it",
            remedy="use the key that is there, or name a new key; to change keys: "
            "`pgvigil key rotate`",
        ) from None
    except OSError as error:
        raise KeyMissingError(
            f"The key file can't be written: {path}",
            why=error.strerror or str(error),
            remedy="name another place in [keys] of the config",
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    _make_durable(path.parent)


def mistaken(what: str, error: WrongKeyError) -> WrongKeyError:
    """``error`` with the name of what holds no usable key."""
    return WrongKeyError(
        f"{what} does not hold a whole key",
        why=f"{error.what}: {error.why}",
        remedy="bring it back from where a copy is kept; a key is never mended by hand",
    )


def _refuse_open_to_others(mode: int, path: Path, what: str) -> None:
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyMissingError(
            f"{what} is open to others: {path}",
            why=f"its mode is {stat.S_IMODE(mode):04o}, so that its group or everybody gets at it",
            remedy=f"chmod 600 {path}, and think of who may have read it: `pgvigil key rotate`",
        )


def _make_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
