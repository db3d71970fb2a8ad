"""pgvigil's commands as people, cron lines and other programs run them: as processes."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.servers.ready_program import Answer, Command

ARGUMENTS = ("-c", "import sys; from tui.cli import main; sys.exit(main())")
"""What makes Python pgvigil."""

PGVIGIL = (sys.executable, *ARGUMENTS)
"""The words of a command line that are pgvigil."""


def completed(
    *arguments: object,
    given: str = "",
    environment: Mapping[str, str] | None = None,
    seconds: int = 120,
) -> subprocess.CompletedProcess[str]:
    """pgvigil as a process that has come to its end; it does not take Python's start each time."""
    words = [str(each) for each in arguments]
    told = Command(words, dict(environment or os.environ), os.getcwd(), given, seconds)  # noqa: PTH109
    ready = _ready()
    assert ready.stdin is not None
    assert ready.stdout is not None
    ready.stdin.write(msgspec.json.encode(told) + b"\n")
    ready.stdin.flush()
    answer = msgspec.json.decode(ready.stdout.readline(), type=Answer)
    return subprocess.CompletedProcess(words, answer.code, answer.out, answer.err)


@cache
def _ready() -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.ready_program"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    atexit.register(process.communicate)
    return process


class BackupCommands:
    """``pgvigil backup``, or another first ``word``, with a config and a state folder."""

    def __init__(self, config: Path, state: Path, word: str = "backup") -> None:
        self.config = config
        self.state = state
        self.word = word

    @property
    def environment(self) -> dict[str, str]:
        """The variables that it gets."""
        return {**os.environ, "XDG_STATE_HOME": str(self.config.parent / "xdg")}

    def words(self, *arguments: object) -> list[str]:
        """Its arguments, with where config and state are."""
        everywhere = ("--config", self.config, "--state-folder", self.state)
        return [self.word, *map(str, (*arguments, *everywhere))]

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """Start it."""
        return subprocess.Popen(
            [*PGVIGIL, *self.words(*arguments)],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        done = completed(*self.words(*arguments), environment=self.environment)
        return done.returncode, done.stdout, done.stderr

    def told(self, *arguments: object, code: int = 0) -> Any:
        """The JSON document that it prints, and nothing else."""
        found, out, err = self.run(*arguments, "--json")
        assert (found, err) == (code, ""), (out, err)
        return json.loads(out)


def move_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have commands of this process find their config and state below ``folder`` only."""
    for variable in ("PGVIGIL_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(folder))
