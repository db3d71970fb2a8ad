"""pgvigil as a process that need not start first: forked from one that has imported all of it.

One line on standard input is a command: its arguments, environment, folder and standard input. It
is run in a process of its own; one line on standard output says what came of it.
"""

from __future__ import annotations

import atexit
import gc
import os
import pkgutil
import signal
import sys
import tempfile
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, NoReturn

import msgspec

import core.api
import tui.commands
from core.api import who
from tui.cli import main as pgvigil

LOGIN_UID_FILE = "PGVIGIL_TESTS_LOGIN_UID_FILE"
"""The variable that names the file which a command takes for the kernel's word of who logged in."""


class Command(msgspec.Struct):
    """What to run, and after how many seconds it is killed."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    given: str
    seconds: int


class Answer(msgspec.Struct):
    """Exit code (negative: the signal that ended it), standard output and standard error."""

    code: int
    out: str
    err: str


def _become(command: Command, files: list[BinaryIO]) -> int:
    """Be the command, in a child; gives the exit code."""
    for descriptor, file in enumerate(files):
        os.dup2(file.fileno(), descriptor)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - a descriptor
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(command.environment)
    if (told := command.environment.get(LOGIN_UID_FILE)) is not None:
        who._LOGIN_UID = Path(told)
    time.tzset()
    os.chdir(command.folder)
    signal.alarm(command.seconds)
    sys.argv = ["pgvigil", *command.arguments]
    return pgvigil()


def _leave(code: int) -> NoReturn:
    """End as Python does, without taking apart all that was imported: two thirds of a command."""
    # What Python itself calls first; it has no other name, and its stubs have none.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _text(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode()


def main() -> int:
    for package in (core.api, tui.commands):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    gc.freeze()
    for line in sys.stdin.buffer:
        command = msgspec.json.decode(line, type=Command)
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            given.write(command.given.encode())
            given.seek(0)
            if not (child := os.fork()):
                try:
                    _leave(_become(command, [given, out, err]))
                except SystemExit as end:
                    if isinstance(end.code, int):
                        _leave(end.code)
                    raise
            _, status = os.waitpid(child, 0)
            answer = Answer(os.waitstatus_to_exitcode(status), _text(out), _text(err))
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
