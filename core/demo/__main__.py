"""``python -m core.demo``: the supervisor, with its order as the first line of standard input."""

from __future__ import annotations

import os
import sys

import msgspec

from core.demo.messages import Event, Order
from core.demo.supervisor import supervise


def _tell(event: Event) -> None:
    """Write ``event`` for the console; nobody may be there any more."""
    try:
        os.write(sys.stdout.fileno(), msgspec.json.encode(event) + b"\n")
    except BrokenPipeError:
        return


if __name__ == "__main__":
    # Unbuffered: the supervisor waits for the pipe's end on the descriptor itself.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as console:
        supervise(msgspec.json.decode(console.readline(), type=Order), console, _tell)
