"""Is there a terminal to draw on, and somebody who can press keys?"""

from __future__ import annotations

import sys

from tui.commands.failures import UsageError


def require_terminal(instead: str) -> None:
    """Refuse to draw where keys can't come from a terminal, or the screen would go into a file.

    ``instead`` is the command that does without. Standard error may lead wherever it likes.

    Raises:
        UsageError: standard input or output is no terminal.
    """
    streams = {"input": sys.__stdin__, "output": sys.__stdout__}
    missing = [name for name, stream in streams.items() if stream is None or not stream.isatty()]
    if missing:
        raise UsageError(
            "the console needs a terminal",
            why=f"standard {' and '.join(missing)} {'are' if missing[1:] else 'is'} none",
            remedy=f"without a terminal: {instead}",
        )
