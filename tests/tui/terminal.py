"""As much of a terminal as is needed to see what sequences draw."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
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
        self._y = self._x = 0
        self._pen: Codes = {}

    def clear(self) -> None:
        """Show nothing."""
        self.cells.clear()

    def row(self, y: int, width: int) -> list[tuple[str, Codes]]:
        """What stands in a row; ``?`` where nothing was ever drawn."""
        return [self.cells.get((y, x), ("?", {})) for x in range(width)]

    def feed(self, sequence: str) -> None:
        """Take what a program sent, in whole sequences."""
        for first, second, move, sgr, text in _TOKEN.findall(sequence):
            if move == "H":
                self._y, self._x = int(first or 1) - 1, int(second or 1) - 1
            elif move == "C":
                self._x += int(first)
            elif text:
                self._draw(text)
            elif sgr:
                # Cells keep the pen that they were drawn with.
                self._pen = dict(self._pen)
                _set(self._pen, iter(sgr.split(";")))

    def _draw(self, text: str) -> None:
        y, x = self._y, self._x
        width = _width(text)
        if not width:
            before = next(back for back in (x - 1, x - 2) if self.cells[y, back][0])
            base, base_pen = self.cells[y, before]
            self.cells[y, before] = (base + text, base_pen)
        for offset in range(width):
            self.cells[y, x + offset] = (text if offset == 0 else "", self._pen)
        self._x = x + width

    @staticmethod
    def as_pen(pen: Pen) -> Codes:
        """The codes that a pen stands for."""
        codes: Codes = {}
        for part in pen:
            _set(codes, iter(part.split(";")))
        return codes


@cache
def _width(text: str) -> int:
    return len(cells_of([Segment("x" + text)], ColorSystem.TRUECOLOR)) - 1


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
