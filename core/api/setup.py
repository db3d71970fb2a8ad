"""``pgvigil init``: a server as it is being described, tried, and written down."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.config.check import examine
from core.config.dsn import SECRET_PARAMETERS, parameters_of
from core.config.example import document, server_block
from core.config.paths import with_home
from core.config.problems import InvalidConfigError, Problem, dotted
from core.config.settings import ServerSettings
from core.config.shape import keys_of
from core.config.source import read_text
from core.errors import ConfigError

Value = str | int | bool | list[str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A server's name and the keys that its table will have.

    ``password`` was given beside them and is never written: it is for an attempt that has to do
    without the password that the keys refer to.
    """

    name: str
    keys: Mapping[str, Value]
    password: str = field(default="", repr=False)

    def settings(self) -> ServerSettings:
        """The keys as settings.

        Raises:
            ConfigError: the name or a key can't stand in a config.
        """
        examined = examine(server_block(self.name, self.keys))
        if examined.problems:
            raise _unfit(self.name, examined.problems)
        return examined.settings.servers[self.name]

    def block(self) -> str:
        """The server's table, to be pasted into a config file."""
        return server_block(self.name, self.keys)


def _unfit(name: str, problems: Sequence[Problem]) -> ConfigError:
    """What is wrong with a server that stands in no file yet: in the words of what was given."""
    of_the_name = [problem for problem in problems if problem.key == dotted(("servers", name))]
    if of_the_name:
        why = "; ".join(
            f"it {problem.what}; expected {problem.expected}" for problem in of_the_name
        )
        return ConfigError(
            f"a server can't be called {name}", why=why, remedy="choose another one: --name NAME"
        )
    return ConfigError(
        f"the server {name} can't be written into a config as it is",
        why="\n       ".join(dataclasses.replace(each, line=0).describe() for each in problems),
        remedy="give other parameters: --dsn and the --password options",
    )


def keys_of_dsn(dsn: str) -> tuple[dict[str, Value], str]:
    """The single keys that say what ``dsn`` says, and the password that stood in it.

    A parameter that has no key of its own keeps the whole as a ``dsn``, without the password.

    Raises:
        ConfigError: libpq can't understand ``dsn``.
    """
    from psycopg.conninfo import make_conninfo

    from core.postgres.target import settings_from_dsn

    settings_from_dsn(dsn)
    parameters = parameters_of(dsn)
    password = parameters.get("password", "")
    said = {name: value for name, value in parameters.items() if name not in SECRET_PARAMETERS}
    if said.keys() - keys_of(ServerSettings).keys() or not said.get("port", "1").isdecimal():
        return {"dsn": make_conninfo(**said)}, password
    return {name: int(value) if name == "port" else value for name, value in said.items()}, password


def name_for(keys: Mapping[str, Any]) -> str:
    """A name that suggests itself for a server with these keys."""
    parameters = {**parameters_of(str(keys.get("dsn", ""))), **keys}
    for key in ("service", "dbname", "host"):
        name = str(parameters.get(key, ""))
        if name and not why_not_a_name(name):
            return name
    return "main"


def why_not_a_name(name: str) -> str:
    """Why a server can't have this name; empty when it can."""
    problems = examine(server_block(name, {})).problems
    return "; ".join(f"{problem.what}; expected {problem.expected}" for problem in problems)


def why_not(key: str, value: Value) -> str:
    """Why a server's ``key`` can't be ``value``; empty when it can."""
    problems = examine(server_block("name", {key: value})).problems
    return "; ".join(f"{problem.what}; expected {problem.expected}" for problem in problems)


def names_in(path: Path) -> tuple[str, ...]:
    """The servers of the config file at ``path``; none where it is not there or can't be read."""
    try:
        return tuple(examine(read_text(path), str(path)).settings.servers)
    except InvalidConfigError:
        return ()


def ensure_writable(path: Path) -> None:
    """See before a person has answered everything whether a config could be written at ``path``.

    Raises:
        ConfigError: it could not. One that is there already is no reason: it is left as it is.
    """
    try:
        if path.exists():
            return
        folder = next(parent for parent in path.parents if parent.exists())
        why = "" if os.access(folder, os.W_OK | os.X_OK) else f"you may not write to {folder}"
        why = why if folder.is_dir() else f"{folder} is not a folder"
    except OSError as error:
        why = error.strerror or str(error)
    if why:
        raise ConfigError(
            f"the config can't be written: {path}",
            why=why,
            remedy="name another place with --config FILE",
        )


def write(path: Path, draft: Draft) -> None:
    """Write a new commented config with the server of ``draft``; never touches one that exists.

    Raises:
        ConfigError: there is a config already, or it can't be written.
    """
    text = document({draft.name: draft.keys})
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(
            f"there is a config already: {path}",
            why="a config that a person may have edited is never rewritten",
            remedy=f"add this to it:\n\n{draft.block()}",
        ) from error
    except OSError as error:
        raise ConfigError(
            f"the config can't be written: {path}",
            why=error.strerror or str(error),
            remedy="name another place with --config FILE",
        ) from error


def is_new_file(name: str) -> bool:
    """Whether there is no file ``name`` yet; ``~`` is the home folder.

    Raises:
        ConfigError: no file can have this name, or it is not to be seen whether it is there.
    """
    if not name:
        raise ConfigError("no file was named", remedy="write its path")
    try:
        return not with_home(Path(name)).exists()
    except (OSError, ValueError) as error:
        raise ConfigError(f"not the name of a file: {name}", why=str(error)) from error


def write_password(name: str, password: str) -> Path:
    """Write a new file that holds just ``password``, for its owner's eyes only; gives its path.

    Raises:
        ConfigError: the file is there already or can't be written.
    """
    path = with_home(Path(name))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(password + "\n")
    except OSError as error:
        raise ConfigError(
            f"the password file can't be written: {path}",
            why=error.strerror or str(error),
            remedy="name another place, or write the password into it yourself",
        ) from error
    return path
