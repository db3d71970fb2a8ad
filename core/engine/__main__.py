"""``python -m core.engine``: a watcher that a console starts; its order is on standard input."""

from __future__ import annotations

import gc
import os
import sys

from core.engine.order import Order
from core.engine.process import run
from core.log import log_as_json


def main() -> int:
    """Read the order, watch until the end; gives the exit code."""
    os.umask(0o077)
    # What is imported now stays: the watcher turns the collector on when it is complete.
    gc.disable()
    log_as_json()
    return run(Order.from_json(sys.stdin.buffer.read()))


if __name__ == "__main__":
    sys.exit(main())
