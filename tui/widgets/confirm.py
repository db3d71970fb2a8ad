"""Before something is changed: exactly what will be done, and a deliberate yes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.glyphs import ARROW_KEYS, glyphs_for
from tui.lines import EMPTY, Line, Role, Span, line, wrap
from tui.text import clean, one_line
from tui.widgets.lines_view import LinesView, ScrollingLines
from tui.widgets.terminal_sized import TerminalSized

_WIDTH = 72
_LEAST_WIDTH, _LEAST_HEIGHT = 40, 10
"""What a step with its session and its query, the consequence and the prompt need to be read."""


@dataclass(frozen=True, slots=True)
class Question:
    """What will be done, step by step, and how it is agreed to.

    Where ``typed`` is set, that text (such as the server's name) must be typed; where ``said`` is,
    a text of one's own that it names (such as a reason); else ``y`` is enough. ``steps`` may hold
    text from a server: it is cleaned here. What is ``refused`` can't be agreed to.
    """

    title: str
    steps: tuple[str, ...]
    consequence: str = ""
    typed: str = ""
    said: str = ""
    refused: bool = False

    @property
    def has_field(self) -> bool:
        """Whether something is to be typed."""
        return not self.refused and bool(self.typed or self.said)

    def lines(self, width: int) -> list[Line]:
        """The question as it is read, in ``width`` cells."""
        lines = [line(Span(one_line(self.title), Role.STRONG)), ()]
        for step in self.steps:
            first, *rest = wrap(clean(step), width - 2) or [()]
            lines.append(line(Span("• ", Role.MUTED), first))
            lines.extend(line("  ", part) for part in rest)
        if self.consequence:
            lines.append(())
            lines.extend(wrap(clean(self.consequence), width, Role.WARNING))
        return lines

    @property
    def prompt_to_read_on(self) -> Line:
        """What to press before it can be answered, where not all of it is in sight."""
        down = "↓" if glyphs_for(os.environ).has_arrows else ARROW_KEYS["↓"]
        return line(
            Span(down, Role.KEY), " read on, then answer   ",
            Span("esc", Role.KEY), " do nothing",
        )  # fmt: skip

    @property
    def prompt(self) -> Line:
        """What to press or type."""
        if self.refused:
            return line(Span("esc", Role.KEY), " goes back")
        if self.said:
            return line(
                f"Type {self.said} and press ", Span("enter", Role.KEY), "; ",
                Span("esc", Role.KEY), " does nothing",
            )  # fmt: skip
        if self.typed:
            return line(
                "Type ", Span(one_line(self.typed), Role.KEY), " and press ",
                Span("enter", Role.KEY), "; ", Span("esc", Role.KEY), " does nothing",
            )  # fmt: skip
        return line(
            Span("y", Role.KEY), " do it   ", Span("n", Role.KEY), " or ",
            Span("esc", Role.KEY), " do nothing",
        )  # fmt: skip


def key_at(prompt: Line, x: int) -> str:
    """The key that stands at cell ``x`` of a prompt, or before the words there; else nothing."""
    key, start = "", 0
    for text, role in prompt:
        key = text if role is Role.KEY else key
        start += len(text)
        if x < start:
            said = role is Role.KEY or x < start - len(text) + len(text.rstrip())
            return key if said else ""
    return ""


class Confirm(ModalScreen[bool], TerminalSized[bool]):
    """Asks a question; dismissed with true only for a deliberate yes.

    ``enter`` is no answer to a question that wants ``y``: it is pressed too easily. Where not all
    of the question fits, it can be answered once its end is in sight; in a terminal in which it
    can't be read, not at all. ``said`` is what was typed.
    """

    DEFAULT_CSS = """
    Confirm {
        align: center middle;
        background: $background 70%;
    }
    Confirm > Vertical {
        width: 72;
        max-width: 100%;
        height: auto;
        max-height: 100%;
        padding: 0 2;
        border: round $warning;
        background: $background;
    }
    Confirm.-small > Vertical {
        padding: 0;
        border: none;
    }
    Confirm ScrollingLines, Confirm LinesView {
        height: auto;
    }
    Confirm .prompt {
        height: 1;
    }
    Confirm Input {
        height: 1;
        border: none;
        padding: 0;
        background: $panel;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "agree", "Do it", show=False),
        Binding("n,escape", "decline", "Do nothing", show=False),
        Binding("j,down", "read_on(1)", "Down", show=False),
        Binding("k,up", "read_on(-1)", "Up", show=False),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self.said = ""
        self._is_shown = False

    @property
    def _is_too_small(self) -> bool:
        """Whether the terminal can't show what would be agreed to."""
        width, height = self.app.size
        return width < _LEAST_WIDTH or height < _LEAST_HEIGHT

    @property
    def _can_be_answered(self) -> bool:
        """Whether the end of the question is in sight."""
        body = self.query_one(ScrollingLines)
        read = round(body.scroll_y) + body.room.height
        return self._is_shown and not self._is_too_small and read >= len(body.lines) - 1

    def ask_anew(self, question: Question) -> None:
        """The same question, as things are now; also before it was drawn for the first time."""
        if question != self.question:
            self.question = question
            if self.is_mounted:
                self._draw()

    async def on_click(self, event: events.Click) -> None:
        """A click on a key of the prompt, or on what it does, is that key."""
        clicked = event.widget
        if isinstance(clicked, LinesView) and clicked.has_class("prompt"):
            key = key_at(clicked.lines[0], event.screen_x - clicked.content_region.x)
            if key in {"y", "n", "esc"}:
                await self.run_action("agree" if key == "y" else "decline")

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._draw()

    def _draw(self) -> None:
        """Leave room for the prompt, whatever the size; the steps scroll."""
        width, height = self.app.size
        frame = 0 if self._is_too_small else 2
        self.set_class(not frame, "-small")
        below = 2 if self.question.has_field else 1
        body = self.query_one(ScrollingLines)
        body.styles.max_height = max(1, height - frame - below)
        if self._is_too_small:
            body.update(wrap("Make the terminal larger to act.", width, Role.NOTICE))
        else:
            body.update([*self.question.lines(min(_WIDTH, width) - 3 * frame - 1), ()])
        self.call_after_refresh(self._draw_prompt)

    def _draw_prompt(self) -> None:
        if not self.is_mounted or not self.is_attached:
            return
        if not self._is_shown:
            return  # no answer is named before the question is there
        if self._is_too_small:
            told = line(Span("esc", Role.KEY), " does nothing")
        elif self._can_be_answered:
            told = self.question.prompt
        else:
            told = self.question.prompt_to_read_on
        self.query_one(".prompt", LinesView).update([told])

    def on_mount(self) -> None:
        """Put the keys where the answer goes."""
        body = self.query_one(ScrollingLines)
        self.set_focus(self.query_one(Input) if self.question.has_field else body)
        self.watch(body, "scroll_y", self._draw_prompt, init=False)
        self.call_after_refresh(self._note_shown)

    def _note_shown(self) -> None:
        self._is_shown = True
        self._draw()

    def compose(self) -> ComposeResult:
        """The question, the prompt, and a field where something must be typed."""
        with Vertical():
            yield ScrollingLines()
            yield LinesView([EMPTY], classes="prompt")
            if self.question.has_field:
                field = Input(compact=True)
                field.cursor_blink = False  # one that blinks sends bytes for nothing
                yield field

    def action_agree(self) -> None:
        """Yes; only where pressing a key is enough, and after all of the question was seen."""
        asks_for_a_key = not self.question.has_field and not self.question.refused
        if self._can_be_answered and asks_for_a_key:
            self.dismiss(result=True)

    def action_read_on(self, lines: int) -> None:
        """Scroll by some lines."""
        self.query_one(ScrollingLines).scroll_relative(y=lines, animate=False)

    def action_decline(self) -> None:
        """No."""
        self.dismiss(result=False)

    @on(Input.Submitted)
    def compare(self, event: Input.Submitted) -> None:
        """Yes, if what was typed is what was asked for, and all of the question was seen."""
        if not self._can_be_answered:
            event.input.value = ""
            return
        self.said = event.value.strip()
        if self.said and self.question.typed in ("", self.said):
            self.dismiss(result=True)
        else:
            event.input.value = ""
            told = "not the same; type it again" if self.question.typed else "type something"
            event.input.placeholder = f"{told} or press esc"
