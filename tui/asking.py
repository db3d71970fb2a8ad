"""Questions on a terminal, or answered from a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from getpass import getpass
from typing import TypeVar

from core.errors import ExitCode, PgvigilError
from tui.commands.output import complain, say

T = TypeVar("T")


class UnansweredError(PgvigilError):
    """A question had no answer: the input ended."""

    exit_code = ExitCode.USAGE

    def __init__(self, question: str) -> None:
        super().__init__(
            f"no answer to: {question}",
            why="the input ended",
            remedy="answer on a terminal, or give everything as options with --yes",
        )


def ask(question: str, default: str = "") -> str:
    """A line of text; an empty one means ``default``."""
    shown = f"{question} [{default}]: " if default else f"{question}: "
    try:
        return input(shown).strip() or default
    except EOFError as error:
        say()
        raise UnansweredError(question) from error
    except KeyboardInterrupt:
        say()
        raise


def ask_for(question: str, read: Callable[[str], T], default: str = "") -> T:
    """What ``read`` makes of the answer; asks again when it raises a PgvigilError, and says why."""
    from tui.text import clean

    while True:
        answer = ask(question, default)
        try:
            return read(answer)
        except PgvigilError as error:
            complain(clean(str(error)))


def ask_secret(question: str) -> str:
    """A line that is not shown while it is typed."""
    if not sys.stdin.isatty():
        return ask(question)
    try:
        return getpass(f"{question}: ")
    except EOFError as error:
        raise UnansweredError(question) from error


def agree(question: str, *, default: bool) -> bool:
    """Yes or no."""
    while True:
        answer = ask(f"{question} (y/n)", "y" if default else "n").casefold()
        if answer in {"y", "yes", "n", "no"}:
            return answer.startswith("y")
        say("Please answer y or n.")


def choose(question: str, choices: Sequence[str], default: int = 0) -> int:
    """The index of one of ``choices``, which are numbered from 1 on the screen."""
    say(question)
    for number, choice in enumerate(choices, 1):
        say(f"  {number}  {choice}")
    while True:
        answer = ask("Number", str(default + 1))
        if answer.isascii() and answer.isdecimal() and 1 <= int(answer) <= len(choices):
            return int(answer) - 1
        say(f"Please answer with a number from 1 to {len(choices)}.")
