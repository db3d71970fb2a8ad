"""Where pgvigil's files are: the config, the user's themes, the state folder (XDG folders)."""

from __future__ import annotations

import os
from pathlib import Path

from core.errors import ConfigError

CONFIG_VARIABLE = "PGVIGIL_CONFIG"


def _xdg(variable: str, otherwise: str) -> Path:
    """An XDG base folder; a relative path in the variable is ignored, as the specification says."""
    given = Path(os.environ.get(variable, ""))
    if given.is_absolute():
        return given
    try:
        return Path.home() / otherwise
    except RuntimeError as error:
        raise ConfigError(
            "no home folder is known",
            why=str(error),
            remedy=f"set HOME, or {variable} to an absolute path",
        ) from error


def config_folder() -> Path:
    """``$XDG_CONFIG_HOME/pgvigil``, by default ``~/.config/pgvigil``."""
    return _xdg("XDG_CONFIG_HOME", ".config") / "pgvigil"


def default_config_file() -> Path:
    """The config file that is read when none is named."""
    return config_folder() / "config.toml"


def named_config_file(given: Path | None) -> Path | None:
    """The config file that was named, by argument or else by ``$PGVIGIL_CONFIG``; it must exist."""
    if given is not None:
        return with_home(given)
    variable = os.environ.get(CONFIG_VARIABLE, "")
    return with_home(Path(variable)) if variable else None


def with_home(path: Path) -> Path:
    """``path`` with the folder that a leading ``~`` or ``~user`` stands for.

    Raises:
        ConfigError: there is no such user.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ConfigError(
            f"there is no home folder for {path.parts[0]}",
            why=str(error),
            remedy="check the name, or write the whole path",
        ) from error


def config_file(given: Path | None = None) -> Path:
    """The config file in force, whether it exists or not: argument, variable, default."""
    return named_config_file(given) or default_config_file()


def themes_folder() -> Path:
    """Where the user's own colour themes are."""
    return config_folder() / "themes"


def state_folder() -> Path:
    """``$XDG_STATE_HOME/pgvigil``, by default ``~/.local/state/pgvigil``."""
    return _xdg("XDG_STATE_HOME", ".local/state") / "pgvigil"
