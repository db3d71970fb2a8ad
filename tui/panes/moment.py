"""The rewound moment in large type, so that nobody takes the past for the present."""

from __future__ import annotations

from tui import figures
from tui.glyphs import FINE, PLAIN, Glyphs
from tui.lines import Line, Role, Span, crop, line, pad
from tui.panes.view import View

_PIXELS = {
    "0": ("111", "101", "101", "101", "111"),
    "1": ("110", "010", "010", "010", "111"),
    "2": ("111", "001", "111", "100", "111"),
    "3": ("111", "001", "111", "001", "111"),
    "4": ("101", "101", "111", "001", "001"),
    "5": ("111", "100", "111", "001", "111"),
    "6": ("111", "100", "111", "101", "111"),
    "7": ("111", "001", "001", "001", "001"),
    "8": ("111", "101", "111", "101", "111"),
    "9": ("111", "101", "111", "001", "111"),
    ":": ("0", "1", "0", "1", "0"),
}
_HALVES = {"00": " ", "10": "▀", "01": "▄", "11": "█"}
_SEGMENTS = {
    "0": (" _ ", "| |", "|_|"),
    "1": ("   ", "  |", "  |"),
    "2": (" _ ", " _|", "|_ "),
    "3": (" _ ", " _|", " _|"),
    "4": ("   ", "|_|", "  |"),
    "5": (" _ ", "|_ ", " _|"),
    "6": (" _ ", "|_ ", "|_|"),
    "7": (" _ ", "  |", "  |"),
    "8": (" _ ", "|_|", "|_|"),
    "9": (" _ ", "|_|", " _|"),
    ":": (" ", ".", "."),
}


def large(text: str, glyphs: Glyphs) -> list[str]:
    """Digits and colons three lines high: two pixels to a cell, or seven segments."""
    if glyphs is PLAIN:
        return [" ".join(_SEGMENTS[character][y] for character in text) for y in range(3)]
    rows = [" ".join(_PIXELS[character][y] for character in text) for y in range(5)]
    rows.append(" " * len(rows[0]))
    return [
        "".join(
            _HALVES[(upper + lower).replace(" ", "0")]
            for upper, lower in zip(rows[y], rows[y + 1], strict=True)
        )
        for y in range(0, 6, 2)
    ]


def moment_lines(view: View, width: int, glyphs: Glyphs = FINE) -> list[Line]:
    """The clock of the moment on screen, how far it lies back, and the way home."""
    local = view.frame.moment.astimezone()
    ago = figures.duration(max(1, int((view.now - view.frame.moment).total_seconds())))
    told = (
        Span(f"{local:%A, %d %B %Y}", Role.MOMENT),
        Span(f"{ago} before now: not live", Role.MOMENT),
        Span("0 live   [ ] step   { } leap", Role.MOMENT),
    )
    return [
        pad(crop(line(Span(f" {digits}   ", Role.MOMENT), words), width), width, Role.MOMENT)
        for digits, words in zip(large(f"{local:%H:%M:%S}", glyphs), told, strict=True)
    ]
