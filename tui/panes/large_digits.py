"""A clock in large type, for a screen that is looked at from across a room."""

from __future__ import annotations

from tui.glyphs import FINE, Glyphs
from tui.lines import Line, Role, Span, line

_FONT = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", "###", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", "  #", "  #"),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    ":": (" ", "#", " ", "#", " "),
}
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def clock_text(seconds: float) -> str:
    """A time as clocks show it: ``0:12:37``."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def large_lines(
    text: str, width: int, rows: int, role: Role = Role.STRONG, glyphs: Glyphs = FINE
) -> list[Line]:
    """Digits and colons as large as there is room for: five rows, three, or one.

    Three rows are drawn with half blocks, which not every terminal has.
    """
    tall = [" ".join(_FONT[each][row] for each in text) for row in range(5)]
    if rows >= 5 and 2 * len(tall[0]) <= width:
        return [_drawn("".join(2 * each for each in row), role) for row in tall]
    if rows >= 3 and len(tall[0]) <= width and glyphs.has_braille:
        pairs = zip((*tall[0::2],), (*tall[1::2], " " * len(tall[0])), strict=True)
        return [
            line(Span("".join(_half(a, b) for a, b in zip(*pair, strict=True)), role))
            for pair in pairs
        ]
    return [line(Span(text, role))]


def _half(above: str, below: str) -> str:
    return _HALVES[above == "#", below == "#"]


def _drawn(row: str, role: Role) -> Line:
    return line(Span(row.replace("#", "█"), role))
