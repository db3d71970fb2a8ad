"""A console of a demonstration with its watcher: ``python -m tests.faults.demo_console``.

Prints a line for each step and then ``ready``, and stays until it is killed.
"""

from __future__ import annotations

import sys
import time

from core.api.demo import DemoRun, Scenario
from core.api.launch import ensure_watcher


def say(line: str) -> None:
    """Write ``line`` for the test that reads it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Start both, and stay."""
    with DemoRun.start(Scenario.CALM, say=say) as demo:
        ensure_watcher(demo.launch())
        say("ready")
        time.sleep(600)


if __name__ == "__main__":
    main()
