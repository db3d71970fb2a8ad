"""A config file's bytes into TOML's dictionaries, with a clear word for each way that fails."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

from core.config.problems import InvalidConfigError, Problem
from core.config.syntax import syntax_problem

MOST_BYTES = 1_000_000
"""A config file is small; more is something else, such as a device that never ends."""


def read_text(path: Path) -> str:
    """The text of the config file; raises ``InvalidConfigError`` when it can't be had."""
    try:
        with open(path, "rb", opener=_at_once) as file:
            os.set_blocking(file.fileno(), True)
            data = file.read(MOST_BYTES + 1)
            is_pipe = stat.S_ISFIFO(os.fstat(file.fileno()).st_mode)
    except FileNotFoundError as error:
        raise _refused(path, "there is no such file", "a file (pgvigil init writes one)") from error
    except IsADirectoryError as error:
        raise _refused(path, "is a folder", "a TOML file") from error
    except PermissionError as error:
        raise _refused(path, "you may not read it", "read permission for you") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(path, f"can't be read: {reason}", "a TOML file") from error
    if is_pipe and not data:
        raise _refused(path, "is a pipe, and nobody writes to it", "a TOML file")
    if len(data) > MOST_BYTES:
        raise _refused(path, f"is larger than {MOST_BYTES:,} bytes", "a config file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Problem("is not UTF-8 text", expected="a file saved as UTF-8", line=line)
        raise InvalidConfigError(str(path), [problem]) from error


def _at_once(path: str, flags: int) -> int:
    """Open without waiting: a pipe without a writer would hold the program up for ever."""
    return os.open(path, flags | os.O_NONBLOCK)


def parse(text: str, source: str) -> dict[str, Any]:
    """``text`` as TOML; raises ``InvalidConfigError`` with line and column when it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidConfigError(source, [syntax_problem(str(error), text)]) from error
    except RecursionError as error:
        problem = Problem("is nested too deeply", expected="a config file")
        raise InvalidConfigError(source, [problem]) from error


def _refused(path: Path, what: str, expected: str) -> InvalidConfigError:
    return InvalidConfigError(str(path), [Problem(what, expected=expected)])
