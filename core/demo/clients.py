"""The workload's processes, seen from the supervisor."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import IO, cast

import msgspec

from core.demo.environment import without_libpq
from core.demo.messages import Brief

_END_SECONDS = 1.0


class Clients:
    """One workload process in ``folder``; it ends when we do, since it holds a pipe of ours."""

    def __init__(self, brief: Brief, folder: Path) -> None:
        with (folder / "workload.log").open("ab") as errors:
            self._process = subprocess.Popen(
                # -P: the folder in which it runs must not shadow a package.
                [sys.executable, "-P", "-m", "core.demo.workload"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                bufsize=0,
                cwd=folder,
                env=without_libpq(),
            )
        self._input = cast("IO[bytes]", self._process.stdin)
        self.output = cast("IO[bytes]", self._process.stdout)
        """Where it says what it does, a line each."""
        self._input.write(msgspec.json.encode(brief) + b"\n")

    def end(self) -> None:
        """Let it end, and kill it when it does not."""
        self._input.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.output.close()
