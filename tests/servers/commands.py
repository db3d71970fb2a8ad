"""pgvigil's commands as people, cron lines and other programs run them: as processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ARGUMENTS = ("-c", "import sys; from tui.cli import main; sys.exit(main())")
"""What makes Python pgvigil."""

PGVIGIL = (sys.executable, *ARGUMENTS)
"""The words of a command line that are pgvigil."""


class BackupCommands:
    """``pgvigil backup`` with a config and a state folder."""

    def __init__(self, config: Path, state: Path) -> None:
        self.config = config
        self.state = state

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """Start it."""
        everywhere = ("--config", self.config, "--state-folder", self.state)
        return subprocess.Popen(
            [*PGVIGIL, "backup", *map(str, (*arguments, *everywhere))],
            env=os.environ | {"XDG_STATE_HOME": str(self.config.parent / "xdg")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=120)
        return process.returncode, out, err

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
