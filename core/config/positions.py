"""On which line of a TOML text each key stands; ``tomllib`` does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.config.problems import KeyPath

_TOKEN = re.compile(
    r"""
      (?P<string> \"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\])*" | '[^']*' )
    | (?P<comment> \#[^\n]* )
    | (?P<newline> \n )
    | (?P<mark> [\[\]{},=.] )
    | (?P<bare> [^\s\[\]{},=.\#"']+ )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


_END = _Token("end", "", 0)


def _tokens(text: str) -> Iterator[_Token]:
    line, counted = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        if match.lastgroup not in {None, "comment"}:
            yield _Token(str(match.lastgroup), match.group(), line)


class _Reader:
    """Reads the tokens of a text that is known to be valid TOML."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._array_tables: dict[KeyPath, int] = {}
        self.lines: dict[KeyPath, int] = {}

    def read(self) -> None:
        """Fill ``lines``."""
        table: KeyPath = ()
        while (token := self._peek()) is not _END:
            if token.kind == "newline":
                self._at += 1
            elif token.text == "[":
                table = self._header()
            else:
                self._entry(table)

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _skip_newlines(self) -> None:
        while self._peek().kind == "newline":
            self._at += 1

    def _header(self) -> KeyPath:
        line = self._next().line
        is_array = self._peek().text == "["
        if is_array:
            self._at += 1
        *outer, last = self._key()
        self._at += 2 if is_array else 1  # the closing brackets
        path: KeyPath = ()
        for part in outer:
            path = (*path, part)
            if path in self._array_tables:
                path = (*path, self._array_tables[path])
        path = (*path, last)
        if is_array:
            index = self._array_tables.get(path, -1) + 1
            self._array_tables[path] = index
            path = (*path, index)
        self._note(path, line)
        return path

    def _key(self) -> tuple[str, ...]:
        parts = [_name(self._next())]
        while self._peek().text == ".":
            self._at += 1
            parts.append(_name(self._next()))
        return tuple(parts)

    def _entry(self, table: KeyPath) -> None:
        line = self._peek().line
        path = (*table, *self._key())
        self._note(path, line)
        self._at += 1  # the equals sign
        self._value(path)

    def _note(self, path: KeyPath, line: int) -> None:
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _value(self, path: KeyPath) -> None:
        opening = self._peek().text
        if opening == "{":
            self._members(path, "}")
        elif opening == "[":
            self._members(path, "]")
        else:
            while self._peek().kind in {"string", "bare"} or self._peek().text == ".":
                self._at += 1

    def _members(self, path: KeyPath, closing: str) -> None:
        self._at += 1
        index = 0
        while True:
            self._skip_newlines()
            token = self._peek()
            if token is _END or token.text == closing:
                self._at += 1
                return
            if token.text == ",":
                self._at += 1
                index += 1
            elif closing == "}":
                self._entry(path)
            else:
                self._note((*path, index), token.line)
                self._value((*path, index))


def _name(token: _Token) -> str:
    if token.kind == "string":
        return str(tomllib.loads(f"key = {token.text}")["key"])
    return token.text


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line, from 1, on which each key of a valid TOML ``text`` first stands.

    Tables, dotted keys, inline tables and arrays each give their own path; the members of an
    array have their index, from 0, as a step.
    """
    reader = _Reader(text)
    reader.read()
    return reader.lines


def line_of(lines: Mapping[KeyPath, int], path: KeyPath) -> int:
    """The line of ``path``, or of the nearest table around it; 0 when there is none."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 0
