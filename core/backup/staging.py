"""Where a dump lies while it is sealed: a private folder for each run, gone when the run ends.

A run that dies leaves its folder, with a note of what it was about to write; who comes next finds
both and clears up. ``<staging>/<run>/run.json`` is the note, ``<staging>/<run>/dump/`` the dump.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from core.backup.leftovers import discard_unless_whole
from core.backup.repository.open import open_repository
from core.config.backup_settings import BackupSettings
from core.config.paths import state_folder as state_folder_of_user
from core.config.paths import with_home
from core.config.settings import Settings
from core.errors import BackupError, PgvigilError
from core.store.local import here, host, is_gone
from core.store.store import Store

_NOTE = "run.json"
_DUMP = "dump"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_UNTOLD_SECONDS = 3600.0
"""A folder without a note is of a run that died as it began, once it is so old."""
_STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class DeadRun:
    """A run whose process is no more, and what it was writing: nothing where it had not begun."""

    run_id: str
    path: Path
    server: str = ""
    backup_id: str = ""
    copies: tuple[str, ...] = ()


class Staging:
    """The folder of one run."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def dump(self) -> Path:
        """The folder for the dump: empty at first."""
        return self._path / _DUMP

    def note(self, server: str, backup_id: str, copies: Sequence[str]) -> None:
        """Write down what is about to be written, before any of it is.

        Raises:
            BackupError: the disk is full, or the folder is no more.
        """
        me = here()
        content = {
            "host": me.host,
            "pid": me.pid,
            "pid_started": me.pid_started,
            "server": server,
            "backup_id": backup_id,
            "copies": list(copies),
        }
        with _told(self._path):
            unfinished = self._path / f"{_NOTE}.new"
            unfinished.write_text(json.dumps(content), encoding="utf-8")
            unfinished.replace(self._path / _NOTE)


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
        staging = Staging(path)
        staging.note("", "", ())
        staging.dump.mkdir(mode=0o700)
    try:
        yield staging
    finally:
        _take_away(path)


def _take_away(path: Path) -> None:
    """Remove a run's folder, its note last: one that is killed meanwhile can still be found."""
    with suppress(OSError):
        for each in path.iterdir():
            if each.name == _NOTE:
                continue
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each, ignore_errors=True)
            else:
                each.unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


def dead_runs(root: Path) -> tuple[DeadRun, ...]:
    """The folders of runs that died on this host; of other hosts' runs nothing is known."""
    found = (_dead(path) for path in _folders(root))
    return tuple(run for run in found if run is not None)


def living_backups(root: Path) -> frozenset[str]:
    """The ids of backups that processes of this host are writing, as their notes say.

    A process that is suspended lives, too. Of other hosts' runs nothing is known.
    """
    found = set()
    for path in _folders(root):
        with suppress(OSError, ValueError, KeyError, TypeError):
            told = json.loads((path / _NOTE).read_bytes())
            if str(told["host"]) == host() and not _is_gone(told):
                found.add(str(told["backup_id"]))
    return frozenset(found - {""})


def _folders(root: Path) -> list[Path]:
    try:
        return sorted(
            each for each in root.iterdir() if each.is_dir() and _NAME.fullmatch(each.name)
        )
    except OSError:
        return []


def clear_dead(root: Path, settings: Settings) -> tuple[str, ...]:
    """Clear up after every run that died on this host; gives a sentence for each."""
    return tuple(_clear(run, settings) for run in dead_runs(root))


def clear(job_id: str, settings: Settings, state_folder: Path) -> None:
    """Clear up after one job whose process is no more; nothing where it left nothing.

    Raises:
        BackupError: the staging folder can't be used.
    """
    root = staging_root(settings.backup, state_folder)
    for run in dead_runs(root):
        if run.run_id == job_id or run.run_id.startswith(f"{job_id}-"):
            _clear(run, settings)


def _clear(run: DeadRun, settings: Settings) -> str:
    """Take away what it staged, and what it stored without getting as far as a manifest.

    While a repository can't be reached, the note stays: somebody comes again.
    """
    _end_programs(run.path / _DUMP)
    shutil.rmtree(run.path / _DUMP, ignore_errors=True)
    (run.path / f"{_DUMP}.exclude").unlink(missing_ok=True)
    problems = []
    for name in run.copies if run.backup_id else ():
        if name not in settings.repositories:
            continue
        try:
            repository = open_repository(name, settings.repositories[name])
            try:
                discard_unless_whole(repository, run.server, run.backup_id)
            finally:
                repository.close()
        except PgvigilError as error:
            problems.append(f"{name}: {error.what}")
    if problems:
        return f"what the dead run {run.run_id} stored is not cleared yet: {'; '.join(problems)}"
    _take_away(run.path)
    return f"cleared up after the run {run.run_id}, which died"


def _end_programs(dump: Path) -> None:
    """End a pg_dump that outlived the run and still writes there; it is known by its arguments."""
    argument = f"--file={dump}"
    left = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if argument in process.cmdline():
                process.kill()
                left.append(process)
    psutil.wait_procs(left, _STOP_SECONDS)


def _dead(path: Path) -> DeadRun | None:
    try:
        told = json.loads((path / _NOTE).read_bytes())
        lives = not _is_gone(told)
        server, backup_id = str(told["server"]), str(told["backup_id"])
        copies = tuple(str(name) for name in told["copies"])
    except (OSError, ValueError, KeyError, TypeError):
        return DeadRun(path.name, path) if _is_old(path) else None
    return None if lives else DeadRun(path.name, path, server, backup_id, copies)


def _is_gone(told: dict[str, Any]) -> bool:
    return is_gone(str(told["host"]), int(told["pid"]), float(told["pid_started"]))


def _is_old(path: Path) -> bool:
    with suppress(OSError):
        return time.time() - path.stat().st_mtime > _UNTOLD_SECONDS
    return False


def _check(run_id: str) -> None:
    if not _NAME.fullmatch(run_id):
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
