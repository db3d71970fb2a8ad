"""``uv run python -m tests.benchmarks NAME …``: run the ``main`` of the benchmark NAME."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def _names() -> list[str]:
    here = Path(__file__).parent
    return sorted(
        path.stem for path in here.glob("*.py") if "\ndef main(" in path.read_text("utf-8")
    )


if __name__ == "__main__":
    names = _names()
    if len(sys.argv) < 2 or sys.argv[1] not in names:
        sys.exit(f"usage: python -m tests.benchmarks NAME …; NAME is one of {', '.join(names)}")
    importlib.import_module(f"tests.benchmarks.{sys.argv[1]}").main()
