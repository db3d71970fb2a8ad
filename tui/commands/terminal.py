"""Is there a terminal that can be drawn on, and somebody who can press keys?"""

from __future__ import annotations

import os
import sys

from tui.commands.failures import UsageError

_WITHOUT_A_CURSOR = frozenset({"dumb", "unknown"})
"""What terminfo(5) names terminals that can do no more than begin a new line."""


def require_terminal(instead: str) -> None:
    """Refuse to draw where keys can't come from a terminal, or nothing can be put in its place.

    ``instead`` is the command that does without. Standard error may lead wherever it likes.

    Raises:
        UsageError: standard input or output is no terminal, or one that can't place its cursor.
    """
    streams = {"input": sys.__stdin__, "output": sys.__stdout__}
    missing = [name for name, stream in streams.items() if stream is None or not stream.isatty()]
    if missing:
        raise UsageError(
            "the console needs a terminal",
            why=f"standard {' and '.join(missing)} {'are' if missing[1:] else 'is'} none",
            remedy=f"without a terminal: {instead}",
        )
    if (name := os.environ.get("TERM", "").lower()) in _WITHOUT_A_CURSOR:
        raise UsageError(
            "the console can't draw on this terminal",
            why=f"TERM={name} says that it can't place its cursor",
            remedy=f"if it can: TERM=xterm before the command; if it can't: {instead}",
        )
