"""The signs that figures are drawn with: fine ones, and plain ones where a terminal has no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What bars, sparklines and charts are made of.

    ``parts`` are the steps of a cell filled from the left, ``levels`` those filled from below;
    the last of each is the full cell.
    """

    parts: str
    empty: str
    levels: str
    has_braille: bool


FINE = Glyphs(parts="▏▎▍▌▋▊▉█", empty="░", levels="▁▂▃▄▅▆▇█", has_braille=True)
PLAIN = Glyphs(parts="#", empty=".", levels="_.-=#", has_braille=False)


PLAIN_SIGNS = str.maketrans("✖▲•…─│└░█▀▄▏▎▍▌▋▊▉±⏎◂▸●▼", "X!*~-|`.##########+~<>*v")
"""For each sign that the console's text uses, one that every terminal has, as wide."""


def glyphs_for(environment: Mapping[str, str]) -> Glyphs:
    """The signs that the terminal of this environment can show.

    The fonts of the Linux console hold at most 512 signs: no braille, no eighths of a block.
    """
    plain = environment.get("TERM", "") in {"linux", "dumb", "vt100", "vt220"}
    return PLAIN if plain else FINE
