"""plotext behind a pure function: curves in, lines out.

plotext writes colours as escape sequences; each layer gets a colour of its own, by which its cells
are found again and given their role. plotext is imported at the first drawing, for the first paint
of the console has no curves yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui.lines import Line, Role, Span

BRAILLE = "braille"
BRAILLE_DOTS = 4

_ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")
_FOREGROUND = re.compile(r"38;5;(\d+)")


@dataclass(frozen=True, slots=True)
class Layer:
    """A curve or a level: its height in dots for each column, its sign, its role.

    The sign is a character, or ``braille`` for fine dots.
    """

    heights: tuple[int | None, ...]
    sign: str
    role: Role


def draw(layers: Sequence[Layer], width: int, height: int, dots: int) -> list[Line]:
    """The layers, each over those before it, in ``width`` columns and ``height`` rows.

    ``dots`` is how many heights there are, from 0 to ``dots - 1``.
    """
    from textual_plotext.plot import Plot

    plot = Plot()
    plot.plotsize(width, height)
    plot.frame(frame=False)
    plot.xticks([])
    plot.yticks([])
    plot.xlim(0, max(1, width - 1))
    plot.ylim(0, max(1, dots - 1))
    # Colours 0 to 15 have names and are changed by plotext's themes; those above stay as they are.
    for colour, layer in enumerate(layers, start=16):
        for start, run in _runs(layer.heights):
            columns = list(range(start, start + len(run)))
            plot.plot(columns, run, marker=layer.sign, color=colour)
    text = plot.build() if any(layer.heights for layer in layers) else ""
    roles = {colour: layer.role for colour, layer in enumerate(layers, start=16)}
    lines = [_parsed(row, roles) for row in text.split("\n")[:height]]
    return lines + [()] * (height - len(lines))


def _runs(heights: Sequence[int | None]) -> Iterator[tuple[int, list[int]]]:
    """The unbroken stretches, each with its first column: a gap stays a gap."""
    start = 0
    run: list[int] = []
    for column, value in enumerate(heights):
        if value is not None:
            if not run:
                start = column
            run.append(value)
        elif run:
            yield start, run
            run = []
    if run:
        yield start, run


def _parsed(text: str, roles: dict[int, Role]) -> Line:
    spans: list[Span] = []
    role, position = Role.TEXT, 0
    for escape in _ESCAPE.finditer(text):
        _append(spans, text[position : escape.start()], role)
        position = escape.end()
        foreground = _FOREGROUND.search(escape.group(1))
        role = roles.get(int(foreground.group(1)), Role.TEXT) if foreground else Role.TEXT
    _append(spans, text[position:], role)
    return tuple(spans)


def _append(spans: list[Span], text: str, role: Role) -> None:
    """Add text; what plays the role of the text before it joins that."""
    if not text:
        return
    if spans and (spans[-1].role is role or not text.strip()):
        spans[-1] = Span(spans[-1].text + text, spans[-1].role)
    else:
        spans.append(Span(text, role))
