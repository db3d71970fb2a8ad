"""Passwords by reference: an environment variable, a file, or a program that prints one."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.config.secret_command import TooMuchOutputError, run_secret_command
from core.config.settings import ServerSettings, StoreSettings
from core.errors import ConfigError, ServerError

_MOST_BYTES = 64 << 10
"""More than any password has, or what a program prints with a cloud's token in it."""


class SecretError(ServerError):
    """A password's source gave no password."""


@dataclass(frozen=True, slots=True)
class PasswordSource:
    """Where a password is fetched from each time that a connection is made.

    At most one of ``variable``, ``file`` and ``command`` is set; with none, libpq looks for itself
    (PGPASSWORD, ``~/.pgpass``). ``what`` and ``key`` are what messages call it, and how its keys
    in the config begin.
    """

    variable: str = ""
    file: str = ""
    command: tuple[str, ...] = ()
    what: str = "password"
    key: str = "password"

    @classmethod
    def from_settings(cls, owner: str, settings: ServerSettings | StoreSettings) -> PasswordSource:
        """The source that ``settings`` of ``owner`` ("server orders", "the store") name.

        Raises:
            ConfigError: more than one source is named.
        """
        source = cls(settings.password_env, settings.password_file, settings.password_command)
        if sum(map(bool, (source.variable, source.file, source.command))) > 1:
            raise ConfigError(
                f"{owner}: more than one source for its password",
                why="password_env, password_file and password_command exclude each other",
                remedy="keep one of them",
            )
        return source

    def fetch(self, timeout: float, environment: Mapping[str, str] = os.environ) -> str | None:
        """The password, or ``None`` where libpq shall look; a program may take ``timeout`` seconds.

        Raises:
            SecretError: the source is there but gives no password.
        """
        if self.variable:
            return self._from_variable(environment)
        text = self.fetch_text(timeout, environment)
        return text.splitlines()[0] if text is not None else None

    def fetch_text(self, timeout: float, environment: Mapping[str, str] = os.environ) -> str | None:
        """As ``fetch``, but all that the source gives and not the first line alone."""
        if self.variable:
            return self._from_variable(environment)
        if self.file:
            return self._from_file()
        if self.command:
            return self._from_command(timeout)
        return None

    def _from_variable(self, environment: Mapping[str, str]) -> str:
        variable = self.variable
        password = environment.get(variable, "")
        if not password:
            state = "empty" if variable in environment else "not set"
            raise SecretError(
                f"no {self.what}: the environment variable {variable} is {state}",
                why=f"{self.key}_env names {variable}",
                remedy=f"set {variable} in the environment of the process that connects",
            )
        return password

    def _from_file(self) -> str:
        path = Path(self.file)
        try:
            path = path.expanduser()
            mode = path.stat().st_mode
            if mode & (stat.S_IROTH | stat.S_IWOTH):
                raise SecretError(
                    f"the {self.what} file {path} can be read or written by everybody",
                    why=f"its mode is {stat.S_IMODE(mode):04o}",
                    remedy=f"chmod 600 {path}",
                )
            with path.open(encoding="utf-8") as file:
                text = file.read(_MOST_BYTES + 1)
        except UnicodeDecodeError as error:
            raise SecretError(
                f"the {self.what} file {path} is not text in UTF-8",
                remedy=f"write the {self.what} alone into its first line",
            ) from error
        except (OSError, RuntimeError, ValueError) as error:  # no such ~user; a NUL in the name
            raise SecretError(
                f"the {self.what} file {path} can't be read",
                why=getattr(error, "strerror", None) or str(error),
                remedy=f"check {self.key}_file, and who may read the file",
            ) from error
        if len(text) > _MOST_BYTES:
            raise SecretError(
                f"the {self.what} file {path} is longer than any {self.what}",
                why=f"it has more than {_MOST_BYTES:,} characters",
                remedy=f"write the {self.what} alone into its first line",
            )
        if not any(text.splitlines()[:1]):
            raise SecretError(
                f"the {self.what} file {path} has an empty first line",
                remedy=f"write the {self.what} alone into its first line",
            )
        return text

    def _from_command(self, timeout: float) -> str:
        command = self.command
        program = command[0]
        try:
            done = run_secret_command(command, seconds=timeout, most_bytes=_MOST_BYTES)
        except subprocess.TimeoutExpired as error:
            raise SecretError(
                f"the {self.what} command {program} gave no answer within {timeout:g} s",
                why="it may be waiting for input or for a service that is down",
                remedy="run it by hand",
            ) from error
        except TooMuchOutputError as error:
            raise SecretError(
                f"the {self.what} command {program} printed more than {_MOST_BYTES:,} bytes",
                why="no secret is as long; it was ended",
                remedy=f"it must print the {self.what}, and nothing else; run it by hand",
            ) from error
        except OSError as error:
            raise SecretError(
                f"the {self.what} command {program} can't be started",
                why=error.strerror or str(error),
                remedy=f"check {self.key}_command: a list of program and arguments, "
                "not a shell line",
            ) from error
        if done.status != 0:
            raise SecretError(
                f"the {self.what} command {program} failed with exit status {done.status}",
                why=done.last_words or "it said nothing on standard error",
                remedy="run it by hand",
            )
        text = done.output.decode("utf-8", "replace")
        if not any(text.splitlines()[:1]):
            raise SecretError(
                f"the {self.what} command {program} printed nothing",
                remedy=f"it must print the {self.what}, and nothing else, as its first line",
            )
        return text
