"""One PostgreSQL server of our own, from initdb to its end."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired

import psutil

from core.postgres.embedded.account import ServerAccount, server_account
from core.postgres.embedded.address import HOST, free_port, url
from core.postgres.embedded.folder import remove_folder
from core.postgres.embedded.problem import EmbeddedServerError, failure
from core.postgres.embedded.programs import Programs
from core.postgres.embedded.residents import wait_for_end
from core.postgres.embedded.shared_memory import remove_segment

SUPERUSER = "postgres"
_PORT_ATTEMPTS = 5
_NO_DATA = "initdb could not make the data folder"


class StopMode(StrEnum):
    """How a server is stopped (pg_ctl's modes)."""

    SMART = "smart"
    FAST = "fast"
    IMMEDIATE = "immediate"


class EmbeddedServer:
    """A server in ``folder``: on 127.0.0.1 at a free port, and on a socket in the folder.

    Passwords are SCRAM; fsync is on unless ``settings`` say otherwise; pg_stat_statements is
    loaded; the log is collected as csvlog, and jsonlog where the version has it (15 and newer).
    ``folder`` must exist, and the account must be able to enter it (``make_private_folder``).
    """

    def __init__(
        self,
        programs: Programs,
        folder: Path,
        *,
        settings: Mapping[str, str | int] | None = None,
        account: ServerAccount | None = None,
    ) -> None:
        self.programs = programs
        self.folder = folder.resolve()
        self.account = account or server_account()
        self.data = self.folder / "data"
        self.log_folder = self.data / "log"
        self.socket_folder = self.folder / "socket"
        self.port = 0
        self.password = secrets.token_urlsafe(24)
        self._settings = dict(settings or {})
        self._start_log = self.folder / "start.log"

    def initialize(self) -> None:
        """Make the data folder with initdb; the superuser is ``postgres`` with ``password``.

        Raises:
            NoRoomError: the disk is full.
            EmbeddedServerError: initdb failed; it says why.
        """
        try:
            self._initialize()
        except OSError as error:
            raise failure(_NO_DATA, error.strerror or str(error), self.folder) from error

    def _initialize(self) -> None:
        self._make_own_folder(self.data)
        password_file = self.folder / "password"
        password_file.touch(mode=0o600)
        self.account.own(password_file)
        password_file.write_text(self.password + "\n")
        try:
            self._run(
                "initdb",
                f"--pgdata={self.data}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
                what=_NO_DATA,
            )
        finally:
            password_file.unlink(missing_ok=True)
        self._prepare()

    def clone(self, source: EmbeddedServer, *, copier: Programs | None = None) -> None:
        """Make the data folder a standby of the running ``source`` with pg_basebackup.

        ``copier`` has that program where this installation has none; it may be of a newer version.

        Raises:
            EmbeddedServerError: pg_basebackup failed; it says why.
        """
        self._make_own_folder(self.data)
        self.password = source.password
        self._run(
            "pg_basebackup",
            f"--pgdata={self.data}",
            f"--dbname={source.socket_dsn()}",
            "--checkpoint=fast",
            "--write-recovery-conf",
            "--no-sync",
            what="pg_basebackup could not copy the server",
            programs=copier,
        )
        self._prepare()

    def start(self, timeout: float = 60) -> None:
        """Start the server and wait until it answers; makes the data folder if there is none.

        Raises:
            NoRoomError: the disk is full.
            EmbeddedServerError: it did not start within ``timeout`` seconds; has the log's end.
        """
        if not (self.data / "PG_VERSION").exists():
            self.initialize()
        if self.pid is None:
            self._clear_locks()
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            self.port = self.port or free_port()
            self._start_log.touch(mode=0o600)
            self.account.own(self._start_log)
            done = self._pg_ctl(
                "start", f"-o-p {self.port}", f"--log={self._start_log}", wait=timeout
            )
            if done.returncode == 0:
                return
            log = self._start_log.read_text(errors="replace") + self._last_log()
            if "Address already in use" not in log or attempt == _PORT_ATTEMPTS:
                raise failure(
                    "PostgreSQL did not start",
                    done.stdout + log,
                    self.folder,
                    remedy=f"look into {self.log_folder} and {self._start_log}",
                )
            self._start_log.unlink()
            self.port = 0

    def stop(self, mode: StopMode = StopMode.FAST, timeout: float = 30) -> None:
        """Stop the server and wait for its end; what has not stopped in time is killed."""
        pid = self.pid
        if pid is None:
            return
        if self._pg_ctl("stop", f"--mode={mode}", wait=timeout).returncode == 0:
            wait_for_end(pid)
        if self.pid is not None:
            self.kill()

    def restart(self) -> None:
        """Stop the server fast and start it again on the same port."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """Kill the server as a crash would: SIGKILL to the postmaster and all its children."""
        pid = self.pid
        if pid is None:
            return
        try:
            postmaster = psutil.Process(pid)
            family = [postmaster, *postmaster.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for process in family:
            try:
                process.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        for process in family:
            wait_for_end(process.pid)

    def remove(self) -> None:
        """Stop the server at once and remove its folder."""
        self.stop(StopMode.IMMEDIATE)
        remove_segment(self.data)
        remove_folder(self.folder)

    @property
    def pid(self) -> int | None:
        """The running postmaster's process, None when the server does not run.

        A stale postmaster.pid is recognised: a postmaster has its data folder as an argument.
        """
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            return pid if str(self.data) in psutil.Process(pid).cmdline() else None
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None

    def dsn(self, dbname: str = SUPERUSER, *, user: str = SUPERUSER, password: str = "") -> str:
        """A postgresql:// URL over TCP, the superuser's unless ``user`` and ``password`` say so."""
        return url(f"{HOST}:{self.port}", dbname, user, password or self.password, {})

    def socket_dsn(
        self, dbname: str = SUPERUSER, *, user: str = SUPERUSER, password: str = ""
    ) -> str:
        """As ``dsn``, over the unix socket."""
        where = {"host": str(self.socket_folder), "port": str(self.port)}
        return url("", dbname, user, password or self.password, where)

    def _prepare(self) -> None:
        """Write our settings after those that the data folder came with."""
        self._make_own_folder(self.socket_folder)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write("\n# Settings of this server\n")
            for name, value in self._all_settings().items():
                file.write(f"{name} = {_quote(value)}\n")

    def _all_settings(self) -> dict[str, str | int]:
        logs = "csvlog,jsonlog" if self.programs.major >= 15 else "csvlog"
        return {
            "listen_addresses": HOST,
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
            "password_encryption": "scram-sha-256",
            "fsync": "on",
            # In the data folder, and so gone with it: of a server that is killed, what is in
            # /dev/shm stays there.
            "dynamic_shared_memory_type": "mmap",
            "shared_preload_libraries": "pg_stat_statements",
            "logging_collector": "on",
            "log_destination": logs,
            "log_connections": "on",
            "log_disconnections": "on",
            **self._settings,
        }

    def _clear_locks(self) -> None:
        """Remove the locks that a crash left.

        PostgreSQL does so itself, but not while the dead postmaster is a zombie: it asks with
        kill(pid, 0) whether it lives.
        """
        for lock in (self.data / "postmaster.pid", *self.socket_folder.iterdir()):
            lock.unlink(missing_ok=True)

    def _last_log(self) -> str:
        logs = sorted(self.log_folder.glob("*.csv"), key=lambda path: path.stat().st_mtime)
        return logs[-1].read_text(errors="replace")[-2000:] if logs else ""

    def _make_own_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self.account.own(folder)

    def _pg_ctl(self, action: str, *arguments: str, wait: float) -> CompletedProcess[str]:
        return self._execute(
            "pg_ctl",
            action,
            f"--pgdata={self.data}",
            "--wait",
            f"--timeout={max(1, round(wait))}",
            "--silent",
            *arguments,
            what=f"pg_ctl {action} failed",
            timeout=wait + 10,
            programs=self.programs,
        )

    def _run(
        self, program: str, *arguments: str, what: str, programs: Programs | None = None
    ) -> None:
        done = self._execute(
            program, *arguments, what=what, timeout=120, programs=programs or self.programs
        )
        if done.returncode != 0:
            raise failure(what, done.stdout, self.folder)

    def _execute(
        self, program: str, *arguments: str, what: str, timeout: float, programs: Programs
    ) -> CompletedProcess[str]:
        try:
            return self.account.run(
                [programs.path(program), *arguments],
                environment=programs.environment(),
                folder=self.folder,
                timeout=timeout,
            )
        except (OSError, TimeoutExpired) as error:
            raise EmbeddedServerError(what, why=str(error)) from error


def _quote(value: str | int) -> str:
    return "'" + str(value).replace("'", "''") + "'"
