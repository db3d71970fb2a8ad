"""Runs that have a folder for staging: which of them live, which died, and what those left.

What lies there is not encrypted, so it is to go as soon as nobody works with it, and never before.
A run of this host is looked up as a process. Of another one (a container whose pids are not seen
here, the same machine under another name or before it was started anew) its lock tells, and what
the store has of its job.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import psutil

from core.backup.leftovers import discard_unless_whole
from core.backup.repository.open import open_repository
from core.backup.staging import DUMP, LOCK, NAME, NOTE, staging_path, take_away
from core.config.settings import Settings
from core.errors import PgvigilError
from core.model.job import JobState
from core.store.local import has_ended, host, place
from core.store.store import Store

_SILENT_SECONDS = 3600.0
"""A folder that nobody accounts for is nobody's once nothing was written there for so long."""
_STOP_SECONDS = 5.0
_OVER_BY_ITS_OWN_WORD = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})
_UNDER_WAY = frozenset({JobState.QUEUED, JobState.RUNNING})

StateOf = Callable[[str], JobState | None]
"""What the store has of the job of a run: nothing where it does not know it."""


class Life(Enum):
    """Whether a run still lives; ``UNCLEAR`` where that can't be found out."""

    LIVES = auto()
    DEAD = auto()
    UNCLEAR = auto()


@dataclass(frozen=True, slots=True)
class StagedRun:
    """A run with a folder, and what it was writing: nothing where it had not begun."""

    run_id: str
    path: Path
    life: Life
    host: str = ""
    server: str = ""
    backup_id: str = ""
    copies: tuple[str, ...] = ()


def state_in(store: Store) -> StateOf:
    """What this store has of the jobs of runs."""

    def state_of(run_id: str) -> JobState | None:
        # A backup's run has the job's id, and one of its own behind that.
        job = store.jobs.get(run_id) or store.jobs.get(run_id.rpartition("-")[0])
        return job.state if job else None

    return state_of


def runs_in(root: Path, state_of: StateOf) -> Iterator[StagedRun]:
    """Every run that has a folder there.

    Raises:
        StoreError: the store can't be read.
    """
    for path in _folders(root):
        yield _run(path, state_of)


def living_backups(root: Path, state_of: StateOf) -> frozenset[str]:
    """The ids of backups that are being written by runs that live; a suspended one lives, too.

    Raises:
        StoreError: the store can't be read.
    """
    living = (run.backup_id for run in runs_in(root, state_of) if run.life is Life.LIVES)
    return frozenset(living) - {""}


def clear_dead(root: Path, settings: Settings, state_of: StateOf) -> tuple[str, ...]:
    """Clear up after every run that died; gives a sentence for each, and for each unclear one.

    Raises:
        StoreError: the store can't be read.
    """
    return tuple(
        _clear(run, settings) if run.life is Life.DEAD else _unclear(run)
        for run in runs_in(root, state_of)
        if run.life is not Life.LIVES
    )


def clear(job_id: str, settings: Settings, state_folder: Path) -> None:
    """Clear up after one job that is over, as the caller knows; nothing where it left nothing."""
    for path in _folders(staging_path(settings.backup, state_folder)):
        if path.name == job_id or path.name.startswith(f"{job_id}-"):
            _clear(_run(path, lambda _: None), settings)


def _clear(run: StagedRun, settings: Settings) -> str:
    """Take away what it staged, and what it stored without getting as far as a manifest.

    While a repository can't be reached, the note stays: somebody comes again.
    """
    _end_programs(run.path / DUMP)
    shutil.rmtree(run.path / DUMP, ignore_errors=True)
    (run.path / f"{DUMP}.exclude").unlink(missing_ok=True)
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
    take_away(run.path)
    return f"cleared up after the run {run.run_id}, which died"


def _unclear(run: StagedRun) -> str:
    return (
        f"{run.path} has what a run on {run.host} dumped, not encrypted; whether that lives can't"
        " be found out from here: remove the folder when it does not"
    )


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


def _folders(root: Path) -> list[Path]:
    try:
        return sorted(
            each for each in root.iterdir() if each.is_dir() and NAME.fullmatch(each.name)
        )
    except OSError:
        return []


@dataclass(frozen=True, slots=True)
class _Owner:
    """The process whose run it is, as its note has it."""

    host: str
    place: str
    pid: int
    pid_started: float

    @property
    def is_seen_here(self) -> bool:
        """Whether it can be looked up: its pids are those of this process, too."""
        return self.place == place() if self.place else self.host == host()


def _run(path: Path, state_of: StateOf) -> StagedRun:
    try:
        told = json.loads((path / NOTE).read_bytes())
        owner = _Owner(
            str(told["host"]), str(told["place"]), int(told["pid"]), float(told["pid_started"])
        )
        server, backup_id = str(told["server"]), str(told["backup_id"])
        copies = tuple(str(name) for name in told["copies"])
    except (OSError, ValueError, KeyError, TypeError):
        begins = _is_locked(path) or not _is_silent(path)
        return StagedRun(path.name, path, Life.LIVES if begins else Life.DEAD)
    name = owner.host.split(" ")[0]
    life = _life(path, owner, state_of)
    return StagedRun(path.name, path, life, name, server, backup_id, copies)


def _life(path: Path, owner: _Owner, state_of: StateOf) -> Life:
    is_locked = _is_locked(path)
    if is_locked:
        return Life.LIVES
    if owner.is_seen_here:
        return Life.DEAD if has_ended(owner.pid, owner.pid_started) else Life.LIVES
    state = state_of(path.name)
    if state in _OVER_BY_ITS_OWN_WORD:
        return Life.DEAD
    # What was silent for long is marked as interrupted though it may live: the lock knows better.
    if state in _UNDER_WAY or not (state is JobState.INTERRUPTED or _is_silent(path)):
        return Life.LIVES
    return Life.UNCLEAR if is_locked is None else Life.DEAD


def _is_locked(path: Path) -> bool | None:
    """Whether somebody holds a run's lock; ``None`` where that can't be told."""
    try:
        descriptor = os.open(path / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return False


def _is_silent(path: Path) -> bool:
    """Whether nothing was written to a folder for long."""
    with suppress(OSError):
        newest = max(each.stat().st_mtime for each in (path, *path.rglob("*")))
        return time.time() - newest > _SILENT_SECONDS
    return False
