"""Jobs for the command line and the screens: listed, followed from anywhere, cancelled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.api.backup_names import unknown_server
from core.api.opening import opened
from core.api.who import me
from core.config.settings import Settings
from core.errors import ExitCode, PgvigilError
from core.model.job import Job, JobNote, Progress
from core.schedule import jobs
from core.store.store import Store

__all__ = ["JobNote", "Jobs", "UnknownJobError", "open_jobs"]

_LOOKED_THROUGH = 1_000
_LOOK_FOR_DEAD_SECONDS = 2.0


class UnknownJobError(PgvigilError):
    """No job, or more than one, is meant by what was given."""

    exit_code = ExitCode.USAGE


class Jobs:
    """The jobs of a store, whoever started them, and on whatever host."""

    def __init__(self, settings: Settings, store: Store, state_folder: Path) -> None:
        self._settings = settings
        self._store = store
        self._folder = state_folder

    def newest(self, count: int, servers: Sequence[str] = ()) -> tuple[Job, ...]:
        """The newest jobs, newest first; of these servers, where any are given.

        Raises:
            UnknownNameError: the config lacks one of the servers, and no job was ever for it.
            StoreError: the store failed.
        """
        self.clear_dead()
        for server in servers:
            if server not in self._settings.servers and not self._store.jobs.newest(1, [server]):
                raise unknown_server(
                    server,
                    self._settings.servers,
                    who="the config has",
                    remedy="pgvigil jobs list shows those of all servers",
                )
        return self._store.jobs.newest(count, servers)

    def find(self, given: str) -> Job:
        """The job whose id begins or ends with what was given; ``last``: the newest.

        Raises:
            UnknownJobError: there is none, or more than one.
            StoreError: the store failed.
        """
        if (exact := self._store.jobs.get(given)) is not None:
            return exact
        listed = self._store.jobs.newest(_LOOKED_THROUGH)
        meant = [
            job for job in listed if job.job_id.startswith(given) or job.job_id.endswith(given)
        ]
        if given == "last":
            meant = list(listed[:1])
        if len(meant) == 1:
            return meant[0]
        raise UnknownJobError(
            f"{'More than one' if meant else 'No'} job is meant by {given}",
            why=f"{len(meant)} of the newest {len(listed)} jobs have such an id",
            remedy="pgvigil jobs list shows them all",
        )

    def notes(self, job_id: str) -> tuple[JobNote, ...]:
        """What a job had to say, in its order.

        Raises:
            StoreError: the store failed.
        """
        return self._store.jobs.notes(job_id)

    def follow(self, job_id: str) -> Iterator[Job]:
        """The job as it stands now and whenever that has changed, until it is over.

        A job that died meanwhile is noticed here too: nobody waits for one that is no more.

        Raises:
            UnknownJobError: there is no such job.
            StoreError: the store failed.
        """
        looked = float("-inf")
        seen: Job | None = None
        while seen is None or not seen.state.is_over:
            if time.monotonic() - looked > _LOOK_FOR_DEAD_SECONDS:
                self.clear_dead()
                looked = time.monotonic()
            job = self.find(job_id)
            if job != seen:
                seen = job
                yield job
            else:
                time.sleep(self._settings.engine.store_poll_seconds)

    def wait(self, job_id: str, show: Callable[[Progress], None]) -> Job:
        """Wait until a job is over, showing how far it is; gives it as it ended.

        Raises: as :meth:`follow`.
        """
        for job in self.follow(job_id):
            show(job.progress)
        return self.find(job_id)

    def cancel(self, job_id: str) -> bool:
        """Ask a job to stop, which it does at its next step; false where it is over.

        Raises:
            StoreError: the store failed.
        """
        if not self._store.jobs.ask_cancel(job_id):
            return False
        self._store.audit.append(me(), "cancel job", f"job {job_id}", {})
        return True

    def clear_dead(self) -> None:
        """Mark the jobs whose process died, and clear up after them.

        Raises:
            StoreError: the store failed.
        """
        jobs.end_stuck(self._store, settings=self._settings)
        jobs.clear_dead(self._store, settings=self._settings, state_folder=self._folder)


@contextmanager
def open_jobs(config: Path | None, state_folder: Path | None) -> Iterator[Jobs]:
    """The jobs of a config's store; it is made where there is none.

    Raises:
        ConfigError: the config can't be used.
        StoreError: the store can't be used.
    """
    with opened(config, state_folder) as its:
        yield Jobs(its.settings, its.store, its.folder)
