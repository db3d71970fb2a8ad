"""``pgvigil demo``: a PostgreSQL of its own with a day's work and an incident going on."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import IO, cast
from urllib.parse import quote

import msgspec

from core.api.launch import Launch
from core.config.load import load_settings
from core.config.settings import ServerSettings, StoreSettings
from core.demo.backups import SERVER_ID
from core.demo.config_file import write_config
from core.demo.environment import without_libpq
from core.demo.messages import Closing, Ended, Event, Failed, Order, Ready, Said
from core.demo.scenario import Scenario, Timings
from core.errors import DemoError
from core.model.server import ServerEntry

__all__ = ["DemoRun", "Scenario", "Timings"]

_END_SECONDS = 20.0


class DemoRun:
    """A running demonstration; leaving the ``with`` block ends it and clears everything away.

    If this process dies instead, however it does, the demonstration ends as well: its supervisor
    holds the other end of a pipe of ours.
    """

    def __init__(self, supervisor: subprocess.Popen[bytes], ready: Ready) -> None:
        """Made by ``start``."""
        self._supervisor = supervisor
        self._ready = ready
        self._notes: SimpleQueue[str | None] = SimpleQueue()
        self._ended = threading.Event()
        self.end_reason = ""
        """Why it ended, once it has."""
        self._follower = threading.Thread(target=self._follow, name="demo", daemon=True)
        self._follower.start()

    @classmethod
    def start(
        cls,
        scenario: Scenario = Scenario.INCIDENT,
        minutes: float | None = None,
        say: Callable[[str], None] = lambda _line: None,
        *,
        timings: Timings | None = None,
    ) -> DemoRun:
        """Start one, and return when its server has its schema and its workload.

        ``say`` gets a line for each step; after ``minutes`` it ends by itself.

        Raises:
            DemoError: it could not be set up; everything is cleared away again.
        """
        supervisor = subprocess.Popen(
            # -P: the folder in which the console was started must not shadow a package.
            [sys.executable, "-P", "-m", "core.demo"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd="/",
            env=without_libpq(),
            start_new_session=True,
        )
        order = Order(scenario, minutes, timings or Timings(), os.getpid())
        try:
            return cls(supervisor, _set_up(supervisor, order, say))
        except BaseException:
            _end(supervisor)
            _close(supervisor)
            raise

    def __enter__(self) -> DemoRun:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End it; returns when no process, file or port of it is left. Twice is once."""
        _end(self._supervisor)
        self._follower.join(_END_SECONDS)
        _close(self._supervisor)
        _remove(self.state_folder.parent)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is over (by itself, or because it was killed); whether it is.

        Then leave soon: a few seconds later it is taken away, whether we look at it or not.
        """
        return self._ended.wait(timeout)

    def notes(self, every: float | None = None) -> Iterator[str]:
        """What goes on in it, a line each, until it has ended.

        Where nothing does for ``every`` seconds, an empty line.
        """
        while True:
            try:
                line = self._notes.get(timeout=every)
            except Empty:
                line = ""
            if line is None:
                return
            yield line

    @property
    def state_folder(self) -> Path:
        """Where a console and its watcher keep their store; goes with the demonstration."""
        return Path(self._ready.state_folder)

    @property
    def config_file(self) -> Path:
        """The config of a console that shows it, once there was a launch."""
        return self.state_folder.parent / "config.toml"

    @property
    def another_console(self) -> str:
        """The command that opens a further console on it, for a shell."""
        where = ("--config", str(self.config_file), "--state-folder", str(self.state_folder))
        return shlex.join(["pgvigil", *where])

    @property
    def server_settings(self) -> ServerSettings:
        """How its server is reached, as a role with ``pg_monitor``."""
        return ServerSettings(
            host=self._ready.host,
            port=self._ready.port,
            dbname=self._ready.database,
            user=self._ready.user,
            password_file=self._ready.password_file,
            # Who looks may not restore: extensions and other people's tables are a superuser's.
            restore_user=self._ready.superuser,
            restore_password_file=self._ready.superuser_password_file,
            # Said, so that a PGSSLMODE that is meant for another server does not count.
            sslmode="prefer",
        )

    @property
    def monitor_dsn(self) -> str:
        """A URL with a password, for the role that pgvigil connects as."""
        return self._dsn(self._ready.user, self._ready.password)

    @property
    def superuser_dsn(self) -> str:
        """A URL with a password, for the superuser."""
        return self._dsn(self._ready.superuser, self._ready.superuser_password)

    @property
    def mishap(self) -> str:
        """What goes wrong in it where somebody wants that: a statement."""
        from core.demo.mishap import STATEMENT

        return STATEMENT

    def let_mishap_happen(self) -> str:
        """Drop one of the shop's tables; a sentence of what is lost.

        Raises:
            DemoError: it is gone already, or the server is.
        """
        from core.demo.mishap import drop_a_table

        return drop_a_table(self.superuser_dsn)

    def launch(self, config: Path | None = None) -> Launch:
        """The launch of a console that shows it: the user's settings, this server, its own store.

        Where its backups go and when they are taken is its own, too. All of that is written to
        ``config_file`` as well, for further consoles.

        Raises:
            ConfigError: the config file has errors.
            DemoError: its folder is gone or full.
        """
        ready = self._ready
        settings = replace(
            ready.backups.settings(load_settings(config)),
            servers={SERVER_ID: self.server_settings},
            store=StoreSettings(),
        )
        try:
            write_config(self.config_file, settings)
        except OSError as error:
            raise DemoError("The demo's config could not be written", why=str(error)) from error
        target = f"postgresql://{ready.user}@{ready.host}:{ready.port}/{ready.database}"
        return Launch(
            servers=(ServerEntry(server_id=SERVER_ID, name=SERVER_ID, target=target),),
            settings=settings,
            state_folder=self.state_folder,
            passing=True,
        )

    def _dsn(self, user: str, password: str) -> str:
        ready = self._ready
        return f"postgresql://{user}:{quote(password)}@{ready.host}:{ready.port}/{ready.database}"

    def _follow(self) -> None:
        for event in _events(self._supervisor):
            match event:
                case Said(text):
                    self._notes.put(text)
                case Closing(reason):
                    self.end_reason = reason
                    self._over()
                case Failed(what, why):
                    self.end_reason = f"{what}: {why}"
                case Ready() | Ended():
                    continue
        self.end_reason = self.end_reason or "its supervisor was killed"
        self._over()

    def _over(self) -> None:
        self._notes.put(None)
        self._ended.set()


def _set_up(supervisor: subprocess.Popen[bytes], order: Order, say: Callable[[str], None]) -> Ready:
    with suppress(BrokenPipeError):  # Its last words follow.
        cast("IO[bytes]", supervisor.stdin).write(msgspec.json.encode(order) + b"\n")
    for event in _events(supervisor):
        match event:
            case Said(text):
                say(text)
            case Ready():
                return event
            case Failed(what, why, remedy):
                raise DemoError(what, why=why, remedy=remedy)
            case Closing(reason) | Ended(reason):
                raise DemoError("The demo ended before it had begun", why=reason)
    words = cast("IO[bytes]", supervisor.stderr).read().decode(errors="replace").strip()
    raise DemoError(
        "The demo's process ended before it had begun",
        why=words.rpartition("\n")[2] or "it was killed",
        remedy="try again; if it stays so, pass this message on to whoever maintains your pgvigil",
    )


def _events(supervisor: subprocess.Popen[bytes]) -> Iterator[Event]:
    for line in cast("IO[bytes]", supervisor.stdout):
        yield msgspec.json.decode(line, type=Event)


def _end(supervisor: subprocess.Popen[bytes]) -> None:
    """Let the supervisor clear everything away; where it can't, do it ourselves."""
    cast("IO[bytes]", supervisor.stdin).close()
    try:
        supervisor.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()
    if supervisor.returncode != 0:
        from core.demo.supervisor import PREFIX
        from core.postgres.embedded import sweep

        sweep(PREFIX)


def _close(supervisor: subprocess.Popen[bytes]) -> None:
    for pipe in (supervisor.stdout, supervisor.stderr):
        cast("IO[bytes]", pipe).close()


def _remove(folder: Path) -> None:
    """End and remove what this console still began while the supervisor cleared all away."""
    if folder.exists():
        from core.postgres.embedded import end_residents, remove_folder

        end_residents(folder)
        remove_folder(folder)
