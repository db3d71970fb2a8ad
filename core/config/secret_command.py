"""Programs that print a secret: run to their end, within a time, and never read beyond a size."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

_BLOCK = 1 << 16


class TooMuchOutputError(Exception):
    """The program printed more than any secret has, and was ended."""


@dataclass(frozen=True, slots=True)
class Printed:
    """How a program ended, what it printed, and the end of what it said on standard error."""

    status: int
    output: bytes
    said: bytes

    @property
    def last_words(self) -> str:
        """The last line on standard error; empty where there is none."""
        lines = self.said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:200] if lines else ""


def run_secret_command(command: Sequence[str], *, seconds: float, most_bytes: int) -> Printed:
    """Run a program that prints a secret, without input.

    However this is left, the program has ended; what it started is cut off from its output.

    Raises:
        TooMuchOutputError: it printed more than ``most_bytes``.
        TimeoutExpired: it or what it started had not ended after so long.
        OSError, ValueError: it could not be started.
    """
    ends_at = time.monotonic() + seconds
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            output, said = _read(process, ends_at, most_bytes)
            process.wait(max(0.0, ends_at - time.monotonic()))
        except BaseException:
            process.kill()
            raise
    return Printed(process.returncode, output, said)


def _read(process: subprocess.Popen[bytes], ends_at: float, most_bytes: int) -> tuple[bytes, bytes]:
    """Both streams to their ends; of standard error the end is kept."""
    output, said = bytearray(), b""
    with selectors.DefaultSelector() as selector:
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            left = ends_at - time.monotonic()
            if left <= 0:
                raise subprocess.TimeoutExpired(process.args, 0)
            for key, _ in selector.select(left):
                block = os.read(key.fd, _BLOCK)
                if not block:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    output += block
                    if len(output) > most_bytes:
                        raise TooMuchOutputError
                else:
                    said = (said + block)[-most_bytes:]
    return bytes(output), said
