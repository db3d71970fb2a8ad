"""Sends the terminal only what differs from what it already shows.

Textual's partial updates begin at the left edge of each widget that changed, and a widget whose
focus, style or size changes is sent whole. Here every update is compared cell by cell with what the
terminal holds: over a slow link the unchanged costs nothing, whoever draws it. Colours and weights
are sent as differences too (ECMA-48, SGR).
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Generic, NamedTuple, TypeAlias

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App, ReturnType
from textual.screen import Screen
from textual.strip import Strip

from tui.glyphs import PLAIN_SIGNS, is_plain

# A jump of the cursor takes about this many bytes; fewer unchanged cells are cheaper sent again.
_JUMP = 4
_RESET = "\x1b[0m"
_ATTRIBUTES = {
    "bold": "1",
    "dim": "2",
    "italic": "3",
    "underline": "4",
    "blink": "5",
    "reverse": "7",
    "conceal": "8",
    "strike": "9",
    "underline2": "21",
    "overline": "53",
}


class Pen(NamedTuple):
    """How cells are drawn, as SGR parameters: attributes, foreground, background."""

    attributes: str
    foreground: str
    background: str


_NO_PEN = Pen("", "", "")
Cell: TypeAlias = tuple[str, Pen]
# The second cell of a wide character: it is drawn with the first one.
_SECOND_HALF = ""


class Piece(NamedTuple):
    """A stretch of one row that an update draws."""

    y: int
    x: int
    strip: Strip


def colour_system(console: Console) -> ColorSystem:
    """How many colours the terminal knows."""
    return COLOR_SYSTEMS.get(console.color_system or "", ColorSystem.TRUECOLOR)


@lru_cache(maxsize=4096)
def pen_for(style: Style, system: ColorSystem) -> Pen:
    """The SGR parameters of a style in the terminal's own colour system."""
    attributes = [code for name, code in _ATTRIBUTES.items() if getattr(style, name)]
    colours = (
        ";".join(colour.downgrade(system).get_ansi_codes(foreground)) if colour else ""
        for colour, foreground in ((style.color, True), (style.bgcolor, False))
    )
    return Pen(";".join(attributes), *colours)


def cells_of(segments: Iterable[Segment], system: ColorSystem) -> list[Cell]:
    """One entry a cell; combining marks stand with the character before them."""
    cells: list[Cell] = []
    for text, style, _ in segments:
        pen = pen_for(style, system) if style is not None else _NO_PEN
        if text.isascii():
            cells.extend([(character, pen) for character in text])
            continue
        for character in text:
            width = get_character_cell_size(character)
            if width:
                cells.append((character, pen))
                cells.extend([(_SECOND_HALF, pen)] * (width - 1))
            elif cells:
                place = -2 if cells[-1][0] == _SECOND_HALF else -1
                cells[place] = (cells[place][0] + character, cells[place][1])
    return cells


class TerminalMemory:
    """What each cell of the terminal shows, as far as it was sent from here.

    ``signs`` are drawn in the place of those that the terminal doesn't have, whoever uses them.
    """

    def __init__(self, signs: Mapping[int, str] | None = None) -> None:
        self._signs = signs
        self._rows: dict[int, list[Cell | None]] = {}

    def forget(self) -> None:
        """Know nothing any more: everything is sent again."""
        self._rows.clear()

    def sequence(self, pieces: Iterable[Piece], system: ColorSystem) -> str:
        """What must be sent so that the terminal shows ``pieces``; remembers that it does."""
        writer = _Writer()
        for y, x, strip in pieces:
            cells = cells_of(self._in_signs(strip), system)
            row = self._rows.setdefault(y, [])
            row.extend([None] * (x + len(cells) - len(row)))
            for start, end in _differences(row, x, cells):
                writer.write(y, start, cells[start - x : end - x])
            row[x : x + len(cells)] = cells
        return writer.finished()

    def _in_signs(self, strip: Iterable[Segment]) -> Iterable[Segment]:
        if (signs := self._signs) is None:
            return strip
        return (Segment(text.translate(signs), style) for text, style, _ in strip)


def _differences(
    row: Sequence[Cell | None], x: int, cells: Sequence[Cell]
) -> list[tuple[int, int]]:
    """The ranges of columns that must be sent; never half a wide character."""
    before = row[x : x + len(cells)]
    if before == cells:
        return []
    if before.count(None) == len(before):
        return [(x, x + len(cells))]  # nothing is known of it: a first paint
    ranges: list[tuple[int, int]] = []
    for column, cell in enumerate(cells, x):
        if row[column] == cell:
            continue
        start = column - 1 if cell[0] == _SECOND_HALF and column > x else column
        following = cells[column + 1 - x : column + 2 - x]
        end = column + 2 if following and following[0][0] == _SECOND_HALF else column + 1
        if ranges and start - ranges[-1][1] <= _JUMP:
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((start, end))
    return ranges


class _Writer:
    """Puts sequences together, and knows where the cursor and what the pen is."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._pen: Pen | None = None
        self._at = (-1, -1)

    def write(self, y: int, x: int, cells: Sequence[Cell]) -> None:
        """Draw cells of one row from column ``x`` on."""
        if (y, x) != self._at:
            row, column = self._at
            ahead = x - column
            self._parts.append(
                f"\x1b[{ahead}C" if row == y and ahead > 0 else f"\x1b[{y + 1};{x + 1}H"
            )
        for text, pen in cells:
            if pen is not self._pen and text:
                self._parts.append(_change(self._pen, pen))
                self._pen = pen
            self._parts.append(text)
        self._at = (y, x + len(cells))

    def finished(self) -> str:
        """All of it, with the pen put back."""
        if self._parts:
            self._parts.append(_RESET)
        return "".join(self._parts)


@lru_cache(maxsize=4096)
def _change(old: Pen | None, new: Pen) -> str:
    """The shortest way from one pen to the other."""
    if old == new:
        return ""
    codes: list[str] = []
    if old is None or (old.attributes and old.attributes != new.attributes):
        codes.append("0")
        old = _NO_PEN
    if new.attributes != old.attributes:
        codes.append(new.attributes)
    if new.foreground != old.foreground:
        codes.append(new.foreground or "39")
    if new.background != old.background:
        codes.append(new.background or "49")
    return f"\x1b[{';'.join(codes)}m"


class FrugalUpdate(CompositorUpdate):
    """One of Textual's updates, sent as the difference from what the terminal shows."""

    def __init__(self, update: ChopsUpdate | LayoutUpdate, memory: TerminalMemory) -> None:
        self._update = update
        self._memory = memory

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self._update.__rich_console__(console, options)

    def render_segments(self, console: Console) -> str:
        """The sequences for the terminal."""
        update = self._update
        pieces = _layout_pieces(update) if isinstance(update, LayoutUpdate) else _pieces(update)
        return self._memory.sequence(pieces, colour_system(console))


def _layout_pieces(update: LayoutUpdate) -> Iterator[Piece]:
    for y, row in enumerate(update.strips, update.region.y):
        yield Piece(y, update.region.x, Strip.join(row))


def _pieces(update: ChopsUpdate) -> Iterator[Piece]:
    for y, start, end in update.spans:
        for chop_end, (chop_start, strip) in zip(
            update.chop_ends[y], update.chops[y].items(), strict=False
        ):
            if strip is None or chop_start >= end or chop_end <= start:
                continue
            first, last = max(start, chop_start), min(end, chop_end)
            yield Piece(y, first, strip.crop(first - chop_start, last - chop_start))


class FrugalApp(App[ReturnType], Generic[ReturnType]):
    """An app that sends changed cells only."""

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        if ansi_color is None and os.environ.get("NO_COLOR"):
            # Else Textual would turn colours into greys, which are colours too.
            ansi_color = True
        super().__init__(ansi_color=ansi_color)
        self._terminal_memory = TerminalMemory(PLAIN_SIGNS if is_plain(os.environ) else None)

    def on_mount(self) -> None:
        """Send everything again after the terminal belonged to another program."""
        self.app_resume_signal.subscribe(self, lambda _: self.redraw())

    def action_redraw(self) -> None:
        """Send the whole screen again."""
        self.redraw()

    def redraw(self) -> None:
        """Send the whole screen again: after something else wrote to the terminal."""
        self._terminal_memory.forget()
        self.screen.refresh()

    def on_resize(self) -> None:
        """A terminal of another size shows nothing that could be relied on."""
        self._terminal_memory.forget()

    @contextmanager
    def batch_update(self) -> Generator[None, None, None]:
        """Hold back what is to be drawn, and draw all of it in the end, on every screen in sight.

        A screen whose turn to draw comes in a batch lets it pass, and looks again once it has
        something else to do. Under a dialog that may be never: a screen that changes just while
        the dialog opens would stand still.
        """
        with super().batch_update():
            yield
        if not self._batch_count:
            for screen in self.screen_stack:
                screen.check_idle()

    def frugal(self, update: ChopsUpdate | LayoutUpdate) -> FrugalUpdate:
        """``update`` as the difference from what the terminal shows."""
        return FrugalUpdate(update, self._terminal_memory)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate | LayoutUpdate):
            super()._display(screen, self.frugal(renderable))
        else:
            super()._display(screen, renderable)
