"""As much of a terminal as is needed to see what sequences draw."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

from rich.color import ColorSystem
from rich.segment import Segment

from tui.frugal import Pen, cells_of

Codes: TypeAlias = dict[str, str]
_TOKEN = re.compile(
    r"\x1b\[(\d*)(?:;(\d+))?([HC])|\x1b\[([\d;]*)m|\x1b\[[?<>=]?[\d;$]*[a-zA-Z]|([^\x1b])",
    re.DOTALL,
)


class Terminal:
    """A cursor, a pen, wide characters."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], tuple[str, Codes]] = {}

    def clear(self) -> None:
        """Show nothing."""
        self.cells.clear()

    def row(self, y: int, width: int) -> list[tuple[str, Codes]]:
        """What stands in a row; ``?`` where nothing was ever drawn."""
        return [self.cells.get((y, x), ("?", {})) for x in range(width)]

    def feed(self, sequence: str) -> None:
        """Take what a program sent."""
        y = x = 0
        pen: Codes = {}
        for first, second, move, sgr, text in _TOKEN.findall(sequence):
            if move == "H":
                y, x = int(first or 1) - 1, int(second or 1) - 1
            elif move == "C":
                x += int(first)
            elif text:
                x = self._draw(y, x, text, pen)
            elif sgr:
                _set(pen, iter(sgr.split(";")))

    def _draw(self, y: int, x: int, text: str, pen: Codes) -> int:
        width = len(cells_of([Segment("x" + text)], ColorSystem.TRUECOLOR)) - 1
        if not width:
            before = next(back for back in (x - 1, x - 2) if self.cells[y, back][0])
            base, base_pen = self.cells[y, before]
            self.cells[y, before] = (base + text, base_pen)
        for offset in range(width):
            self.cells[y, x + offset] = (text if offset == 0 else "", dict(pen))
        return x + width

    @staticmethod
    def as_pen(pen: Pen) -> Codes:
        """The codes that a pen stands for."""
        codes: Codes = {}
        for part in pen:
            _set(codes, iter(part.split(";")))
        return codes


def _set(pen: Codes, codes: Iterable[str]) -> None:
    for code in (rest := iter(codes)):
        if code == "0":
            pen.clear()
        elif code in {"38", "48"}:
            kind = next(rest)
            colour = [next(rest) for _ in range(3 if kind == "2" else 1)]
            pen["f" if code == "38" else "b"] = ";".join((kind, *colour))
        elif code in {"39", "49"}:
            pen["f" if code == "39" else "b"] = ""
        elif re.fullmatch("[39][0-7]", code):
            pen["f"] = code
        elif re.fullmatch("4[0-7]|10[0-7]", code):
            pen["b"] = code
        elif code:
            pen[code] = code
    for ground in ("f", "b"):
        if not pen.get(ground):
            pen.pop(ground, None)
