"""Failures of PostgreSQL's client programs, known by what the program or the server said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class ProgramCase:
    """One kind of failure, known by what was said; groups of ``pattern`` go into ``what``."""

    pattern: re.Pattern[str]
    what: str
    remedy: str


class ProgramFailure(NamedTuple):
    """What happened and what to do, in words for a person."""

    what: str
    remedy: str


def case(pattern: str, what: str, remedy: str) -> ProgramCase:
    """A kind of failure; ``pattern`` is looked for in lines of upper and lower case alike."""
    return ProgramCase(re.compile(pattern, re.IGNORECASE), what, remedy)


def recognise(
    cases: Iterable[ProgramCase], said: str, *, unnamed: str = ""
) -> ProgramFailure | None:
    """The first of ``cases`` that the words ``said`` tell of; ``None`` where none does.

    ``unnamed`` stands where they do not name what the case speaks of.
    """
    for each in cases:
        if found := each.pattern.search(said):
            names = {key: value or unnamed for key, value in found.groupdict().items()}
            return ProgramFailure(each.what.format(**names), each.remedy)
    return None
