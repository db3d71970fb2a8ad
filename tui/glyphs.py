"""The signs that figures are drawn with: fine ones, and plain ones where a terminal has no more."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import combining, east_asian_width


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What bars and charts are made of.

    ``parts`` are the steps of a cell filled from the left; the last one is the full cell.
    """

    parts: str
    empty: str
    has_braille: bool
    has_arrows: bool


FINE = Glyphs(parts="▏▎▍▌▋▊▉█", empty="░", has_braille=True, has_arrows=True)
PLAIN = Glyphs(parts="#", empty=".", has_braille=False, has_arrows=False)

_POOR = frozenset({"linux", "vt100", "vt220"})
_ALIKE = {
    "X": "✖",
    "x": "×",
    "!": "▲",
    "^": "↑",
    "v": "↓▼",
    "<": "◂←",
    ">": "▸→",
    "*": "•●",
    "~": "…",
    "+": "⏎┌┐└┘╭╮╰╯├┤┬┴┼",
    "-": "─━╌▔",
    " ": "▁▂▃▅▆▇",
    "|": "│┃▌▐",
    ".": "░",
    "#": "█▀▄▏▎▍▋▊▉▛▜▙▟",
    "?": "\N{REPLACEMENT CHARACTER}" + "".join(map(chr, range(0x2400, 0x2427))),
}
ARROW_KEYS = {"←": "Left", "→": "Right", "↑": "Up", "↓": "Down"}
"""The keys with arrows in words: their plain signs are the names of other keys."""
PLAIN_SIGNS = {ord(fine): plain for plain, alike in _ALIKE.items() for fine in alike}
"""For each sign that a screen draws, Textual's frames included, one that every terminal has.

Each is as wide as what it stands for; the ends of Textual's scrollbars fall away. The rest of
Latin-1 (``±``, ``·``) is in every console font.
"""


def glyphs_for(environment: Mapping[str, str], encoding: str = "") -> Glyphs:
    """The signs that the terminal of this environment can show.

    The fonts of the Linux console hold at most 512 signs: no braille, no eighths of a block.
    """
    return PLAIN if is_plain(environment, encoding) else FINE


def is_plain(environment: Mapping[str, str], encoding: str = "") -> bool:
    """Whether the terminal of this environment has plain signs only.

    ``encoding`` is that of the text which is sent to it; by default, what standard output has.
    """
    said = encoding or getattr(sys.__stdout__, "encoding", None) or "utf-8"
    return environment.get("TERM", "") in _POOR or not said.lower().startswith("utf")


def in_plain_signs(text: str) -> str:
    """What stands for a text that can't be encoded; a question mark for each unknown cell."""
    return "".join(PLAIN_SIGNS.get(ord(sign)) or "?" * _cells(sign) for sign in text)


def _cells(sign: str) -> int:
    if combining(sign):
        return 0
    return 2 if east_asian_width(sign) in {"W", "F"} else 1
