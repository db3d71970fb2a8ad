"""Private folders that the server's account can reach, on a disk where programs may run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from subprocess import TimeoutExpired

from core.postgres.embedded.account import ServerAccount
from core.postgres.embedded.problem import EmbeddedServerError

# A unix socket's path may have 107 bytes (unix(7)); a server's socket is
# FOLDER/NAME/socket/.s.PGSQL.65535.
_LONGEST_FOLDER = 70
_SPACE_NEEDED = 300_000_000

COMMON_PLACES = tuple(Path(name).resolve() for name in ("/tmp", "/var/tmp", "/dev/shm"))  # noqa: S108
"""Where there is room for temporary files on any machine, whatever ``TMPDIR`` says."""


def make_private_folder(
    prefix: str, account: ServerAccount, among: Iterable[Path] | None = None
) -> Path:
    """A new folder under TMPDIR, /tmp, /var/tmp or /dev/shm, or ``among``: the first that will do.

    It is 0700; where root drops to ``account``, 0710 with the account's group, so that the account
    can reach what it is given inside and nobody else can.

    Raises:
        EmbeddedServerError: none will do; says of each why.
    """
    refusals: list[str] = []
    for parent in parents() if among is None else among:
        folder: Path | None = None
        try:
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
            refusal = _prepare(folder, account)
        except OSError as error:
            refusal = error.strerror or str(error)
        if folder is not None and not refusal:
            return folder
        if folder is not None:
            remove_folder(folder)
        refusals.append(f"{parent}: {refusal}")
    raise EmbeddedServerError(
        "no folder for a PostgreSQL server",
        why="; ".join(refusals),
        remedy=f"set TMPDIR to a folder that user {account.name} can enter, with 300 MB free, "
        "where programs may run (not mounted noexec)",
    )


def remove_folder(folder: Path) -> None:
    """Remove ``folder`` and all in it; what is already gone is no error."""

    def once_more(_function: object, path: str, _error: object) -> None:
        # A server that is just ending may remove its own files while we do.
        if Path(path).is_dir() and not Path(path).is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            Path(path).unlink(missing_ok=True)

    shutil.rmtree(folder, onerror=once_more)


def chosen_place() -> Path:
    """Where ``TMPDIR`` says, else the first common place."""
    return Path(tempfile.gettempdir()).resolve()


def parents() -> tuple[Path, ...]:
    """Where private folders are made, the preferred place first."""
    return tuple(dict.fromkeys((chosen_place(), *COMMON_PLACES)))


def _prepare(folder: Path, account: ServerAccount) -> str:
    """Set the folder's rights and try it out as ``account``; the refusal, empty when it will do."""
    if len(bytes(folder)) > _LONGEST_FOLDER:
        return "its path is too long for a unix socket"
    if shutil.disk_usage(folder).free < _SPACE_NEEDED:
        return "less than 300 MB are free"
    if account.drops:
        shutil.chown(folder, group=account.gid)
        folder.chmod(0o710)
    probe = folder / "probe"
    probe.write_text("#!/bin/sh\nexit 0\n")
    probe.chmod(0o755)
    try:
        done = account.run([probe], environment={}, folder=folder, timeout=10)
    except OSError as error:
        return f"user {account.name} can't run a program in it ({error.strerror})"
    except TimeoutExpired:
        return "a program in it does not end"
    finally:
        probe.unlink()
    return f"a program in it fails: {done.stdout.strip()}" if done.returncode else ""
