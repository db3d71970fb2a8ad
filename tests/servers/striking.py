"""Work that is killed at one step after another, for tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from core.config.settings import Settings
from tests.servers.struck_program import Strike, Struck


class Striker:
    """Does what is told in processes of their own, and kills each at its step."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def strike(
        self,
        work: str,
        step: int,
        *,
        server: str,
        state: Path,
        settings: Settings,
        job_id: str = "",
        statements_from: str = "",
        at_phase: str = "",
        **arguments: str,
    ) -> Struck:
        """Do ``work``, and kill it before its ``step``-th call (from 0) that changes files.

        With ``statements_from`` it is the step-th SQL statement from the phase of that name on;
        with ``at_phase`` it is when that phase begins.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        told = Strike(
            work,
            server,
            str(state),
            settings,
            step,
            arguments,
            job_id=job_id,
            statements_from=statements_from,
            at_phase=at_phase,
        )
        self._process.stdin.write(msgspec.json.encode(told) + b"\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._process.stdout.readline(), type=Struck)


@contextmanager
def striker() -> Iterator[Striker]:
    """Who kills; gone in the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.servers.struck_program"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            yield Striker(process)
        finally:
            process.kill()
