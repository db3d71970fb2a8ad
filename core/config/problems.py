"""What is wrong with a config file, so said that a person can mend it at once."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import ConfigError

Step = str | int
KeyPath = tuple[Step, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def dotted(path: KeyPath) -> str:
    """``path`` as TOML writes it: ``servers."my db".host``; control characters are escaped."""
    parts = []
    for step in path:
        if isinstance(step, int):
            parts.append(str(step))
        else:
            parts.append(step if _BARE.fullmatch(step) else json.dumps(step))
    return ".".join(parts)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is, what is wrong, what is expected, the nearest valid key.

    ``line`` and ``column`` count from 1 and are 0 where they are not known.
    """

    what: str
    key: str = ""
    expected: str = ""
    nearest: str = ""
    line: int = 0
    column: int = 0

    def describe(self, source: str = "") -> str:
        """One line, which starts as compilers start theirs: ``file:line:column: key: what``."""
        place = ":".join(str(part) for part in (source, self.line, self.column) if part)
        text = f"{self.key}: {self.what}" if self.key else self.what
        if self.expected:
            text += f"; expected {self.expected}"
        if self.nearest:
            text += f"; did you mean {self.nearest}?"
        return f"{place}: {text}" if place else text


class InvalidConfigError(ConfigError):
    """A config file with mistakes: all of them at once, in ``problems``."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(
            f"the config {source} has {count}",
            why="\n       ".join(problem.describe(source) for problem in problems),
            remedy=f"mend the file, then run: pgvigil config check {source}",
        )
        self.source = source
        self.problems = tuple(problems)
