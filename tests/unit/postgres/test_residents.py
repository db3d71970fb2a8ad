"""Who lives in a folder of ours, and how its program is known."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from core.postgres.embedded import residents
from core.postgres.embedded.residents import command_of

OURS = (sys.executable, "-S", "-m", "core.engine")


@contextmanager
def program(*command: str, log: Path) -> Iterator[int]:
    """The pid of a program that was started this very moment, until it is killed."""
    read_end, write_end = os.pipe()
    actions = [
        (os.POSIX_SPAWN_DUP2, read_end, 0),
        (os.POSIX_SPAWN_OPEN, 2, str(log), os.O_WRONLY | os.O_CREAT, 0o600),
    ]
    pid = os.posix_spawn(command[0], command, {}, file_actions=actions)
    try:
        yield pid
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(read_end)
        os.close(write_end)


def test_the_arguments_of_a_program_that_is_only_just_being_executed_are_known(
    tmp_path: Path,
) -> None:
    for _ in range(40):
        with program(*OURS, log=tmp_path / "log") as pid:
            assert command_of(psutil.Process(pid)) == list(OURS)


def test_a_program_of_ours_that_has_a_file_open_there_lives_there(tmp_path: Path) -> None:
    with program(*OURS, log=tmp_path / "log") as pid:
        assert pid in {process.pid for process in residents(tmp_path)}


def test_another_program_that_has_a_file_open_there_does_not(tmp_path: Path) -> None:
    with program("/bin/cat", log=tmp_path / "log") as pid:
        assert pid not in {process.pid for process in residents(tmp_path)}
