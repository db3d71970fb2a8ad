"""What of a text with TOML mistakes can still be read: the mistakes, and the text without them.

Only what is surely meant as it stands is read on. Where a list or a text of several lines has no
end, what follows may be a part of it; where a table's header can't be used, what stands below it
belongs nowhere. Neither is looked at, and each is said.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from core.config.problems import Problem
from core.config.syntax import syntax_problem

_MOST_CHARACTERS = 100_000
_MOST_MISTAKES = 10
_MOST_LINES = 50
"""How many lines a statement may have."""

_HEADER = re.compile(r"\s*\[")
_SAYS_NOTHING = re.compile(r"\s*(#.*)?")
_TEXT_OR_COMMENT = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*")
_NOTHING_ELSE = ", and nothing else was looked at"
_NOTHING_AFTER = ", and nothing after it was looked at"
_NOTHING_BELOW = ", and what stands below it was not looked at"


@dataclass(frozen=True, slots=True)
class Salvaged:
    """``text`` is TOML: each line stands where it stood, those with ``problems`` are empty."""

    text: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    """A table's header, or a key with its value: lines ``start`` up to ``end``, from 0."""

    start: int
    end: int
    is_header: bool
    problem: Problem | None = None


def salvage(text: str) -> Salvaged:
    """``text`` without what is not TOML in it, and what that is; of a huge text nothing.

    Raises:
        RecursionError: it is nested too deeply.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    if len(text) > _MOST_CHARACTERS:
        return Salvaged("", _told(_mistake(lines), _NOTHING_ELSE))
    statements = list(_statements(lines))
    problems: list[Problem] = []
    for statement in statements:
        if statement.problem is not None:
            problems += _told(statement.problem, _drop(lines, statement, statements))
    for _ in range(_MOST_MISTAKES):
        twice = _mistake(lines)
        if twice is None:
            return Salvaged("\n".join(lines), tuple(problems))
        before = (each for each in reversed(statements) if each.start < twice.line)
        statement = next(each for each in before if lines[each.start])
        problems += _told(twice, _drop(lines, statement, statements))
    return Salvaged("", (*problems[:-1], *_told(problems[-1], _NOTHING_ELSE)))


def _statements(lines: Sequence[str]) -> Iterator[_Statement]:
    """Each statement of ``lines``, with what is wrong with it by itself, as far as they are told.

    The last one reaches to the end where its own end is not to be seen, or too many were wrong.
    """
    at, wrong = 0, 0
    while at < len(lines):
        if _SAYS_NOTHING.fullmatch(lines[at]):
            at += 1
            continue
        is_header = _HEADER.match(lines[at]) is not None
        end, problem = _end(lines, at), None
        if end is None:
            wrong += 1
            is_told = wrong < _MOST_MISTAKES and _ends_with_its_line(lines[at])
            end = at + 1 if is_told else len(lines)
            problem = _mistake(lines[:end], start=at)
            if problem is not None and problem.line != at + 1:
                problem = replace(problem, what=f"{problem.what} in what begins on line {at + 1}")
        yield _Statement(at, end, is_header, problem)
        at = end


def _end(lines: Sequence[str], start: int) -> int | None:
    """Where the statement that begins at ``start`` ends; ``None`` where it is none."""
    for end in range(start + 1, min(start + _MOST_LINES, len(lines)) + 1):
        if _mistake(lines[start:end]) is None:
            return end
    return None


def _ends_with_its_line(line: str) -> bool:
    """Whether what is wrong with ``line`` opens nothing that a later line could close."""
    bare = _TEXT_OR_COMMENT.sub("", line)
    opened = sum(map(bare.count, "[{")) > sum(map(bare.count, "]}"))
    holds_text_of_lines = any(mark in line for mark in ('"""', "'''"))
    return not holds_text_of_lines and (not opened or _HEADER.match(line) is not None)


def _drop(lines: list[str], broken: _Statement, statements: Sequence[_Statement]) -> str:
    """Empty the lines of ``broken``, of a header also those below it; says what is lost by that."""
    below = [each for each in statements if each.start > broken.start] if broken.is_header else []
    dropped = [broken, *takewhile(lambda each: not each.is_header, below)]
    for each in dropped:
        lines[each.start : each.end] = [""] * (each.end - each.start)
    if broken.end - broken.start > 1 and broken.end == len(lines):
        return _NOTHING_AFTER
    return _NOTHING_BELOW if len(dropped) > 1 else ""


def _mistake(lines: Sequence[str], start: int = 0) -> Problem | None:
    """The first mistake that ``tomllib`` meets from line ``start`` on."""
    text = "\n".join(lines)
    try:
        tomllib.loads("\n" * start + "\n".join(lines[start:]))
    except tomllib.TOMLDecodeError as error:
        return syntax_problem(str(error), text)
    return None


def _told(problem: Problem | None, loss: str) -> tuple[Problem, ...]:
    return () if problem is None else (replace(problem, what=problem.what + loss),)
