"""``python -m core.demo``: the supervisor, with its order as the first line of standard input."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.demo.messages import Event


def main() -> None:
    """Read the order, and supervise until the end."""
    # What is imported now stays: looking for garbage among it only makes the start slower.
    gc.disable()
    import msgspec

    from core.demo.messages import Order
    from core.demo.supervisor import supervise

    gc.freeze()
    gc.enable()
    # Unbuffered: the supervisor waits for the pipe's end on the descriptor itself.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as console:
        supervise(msgspec.json.decode(console.readline(), type=Order), console, _tell)


def _tell(event: Event) -> None:
    """Write ``event`` for the console; nobody may be there any more."""
    import msgspec

    try:
        os.write(sys.stdout.fileno(), msgspec.json.encode(event) + b"\n")
    except BrokenPipeError:
        return


if __name__ == "__main__":
    main()
