"""Where a dump lies while it is sealed: a private folder for each run, gone when the run ends.

A run that dies leaves its folder, with a note of what it was about to write; who comes next finds
both and clears up (``staged_runs``). ``<staging>/<run>/run.json`` is the note,
``<staging>/<run>/dump/`` the dump. ``<staging>/<run>/run.lock`` is locked (``flock(2)``) while the
run lives: the kernel gives that back however it dies, and tells it also to another container.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from core.config.backup_settings import BackupSettings
from core.config.paths import state_folder as state_folder_of_user
from core.config.paths import with_home
from core.errors import BackupError
from core.store.local import here, place
from core.store.store import Store

NOTE, LOCK, DUMP = "run.json", "run.lock", "dump"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class Staging:
    """The folder of one run."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def dump(self) -> Path:
        """The folder for the dump: empty at first."""
        return self._path / DUMP

    def note(self, server: str, backup_id: str, copies: Sequence[str]) -> None:
        """Write down what is about to be written, before any of it is.

        Raises:
            BackupError: the disk is full, or the folder is no more.
        """
        me = here()
        content = {
            "host": me.host,
            "place": place(),
            "pid": me.pid,
            "pid_started": me.pid_started,
            "server": server,
            "backup_id": backup_id,
            "copies": list(copies),
        }
        with _told(self._path):
            unfinished = self._path / f"{NOTE}.new"
            unfinished.write_text(json.dumps(content), encoding="utf-8")
            unfinished.replace(self._path / NOTE)


def folder_of_state(store: Store) -> Path:
    """Where the store is a file, its folder; else the usual one."""
    beside = Path(store.location)
    return beside.parent if beside.is_absolute() else state_folder_of_user()


def staging_path(settings: BackupSettings, state_folder: Path) -> Path:
    """The folder in which runs have theirs, whether it is there or not."""
    return with_home(Path(settings.staging)) if settings.staging else state_folder / "staging"


def staging_root(settings: BackupSettings, state_folder: Path) -> Path:
    """The folder in which runs have theirs; made where it is missing.

    Raises:
        BackupError: it can't be made or written to.
    """
    root = staging_path(settings, state_folder)
    with _told(root):
        root.mkdir(mode=0o700, parents=not settings.staging, exist_ok=True)
        if not os.access(root, os.W_OK | os.X_OK):
            raise PermissionError(13, "permission denied", str(root))
    return root


@contextmanager
def staged(root: Path, run_id: str) -> Iterator[Staging]:
    """A new folder for one run, for its owner alone; it is gone in the end.

    Raises:
        BackupError: it can't be made.
    """
    _check(run_id)
    path = root / run_id
    with _told(path):
        path.mkdir(mode=0o700)
        lock = _locked(path / LOCK)
    try:
        with _told(path):
            staging = Staging(path)
            staging.note("", "", ())
            staging.dump.mkdir(mode=0o700)
        yield staging
    finally:
        take_away(path)
        if lock is not None:
            os.close(lock)


def _locked(path: Path) -> int | None:
    """An open file that holds the lock; ``None`` where the file system has no locks."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        os.close(descriptor)
        path.unlink(missing_ok=True)
        return None
    return descriptor


def take_away(path: Path) -> None:
    """Remove a run's folder, its note last: one that is killed meanwhile can still be found."""
    with suppress(OSError):
        for each in path.iterdir():
            if each.name in (NOTE, LOCK):
                continue
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each, ignore_errors=True)
            else:
                each.unlink(missing_ok=True)
        (path / LOCK).unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


def _check(run_id: str) -> None:
    if not NAME.fullmatch(run_id):
        raise BackupError(f"{run_id!r} can't be the name of a run")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the file system refuses within becomes words."""
    try:
        yield
    except OSError as error:
        raise BackupError(
            f"The staging folder can't be used: {path}",
            why=error.strerror or str(error),
            remedy="make room there or let pgvigil's user write to it, or name another folder:"
            " [backup] staging; nothing was stored",
        ) from error
